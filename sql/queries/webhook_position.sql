SELECT position::VARCHAR AS position FROM webhook_positions WHERE target = $target::VARCHAR AND epoch = $epoch::VARCHAR;
