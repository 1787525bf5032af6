SELECT latest_revision FROM task_definition_families WHERE family = $family::VARCHAR;
