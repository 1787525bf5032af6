UPDATE log_streams SET visible = false WHERE group_name = $group::VARCHAR;
