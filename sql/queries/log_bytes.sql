SELECT coalesce(sum(size), 0)::BIGINT AS bytes FROM log_events;
