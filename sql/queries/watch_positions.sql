SELECT resource, resource_version FROM watch_positions;
