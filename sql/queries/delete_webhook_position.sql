DELETE FROM webhook_positions WHERE target = $target::VARCHAR;
