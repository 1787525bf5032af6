SELECT
    (SELECT coalesce(max(id), 0) FROM log_streams) AS last_stream,
    (SELECT coalesce(max(seq), 0) FROM log_events) AS last_seq;
