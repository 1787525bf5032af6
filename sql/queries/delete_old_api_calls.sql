DELETE FROM api_call_log WHERE called_at < $before::TIMESTAMP;
