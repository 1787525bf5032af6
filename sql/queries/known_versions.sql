SELECT uid, resource_version FROM current_state WHERE kind = $kind::VARCHAR AND deleted_at IS NULL;
