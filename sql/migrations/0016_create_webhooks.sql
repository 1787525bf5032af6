-- How far each webhook's deliveries have come in which history, and what could not be delivered.
CREATE TABLE webhook_positions (
    target VARCHAR NOT NULL,
    -- Of the history, as history_head has it: positions of another one mean nothing.
    epoch VARCHAR NOT NULL,
    -- The last change of which all events are delivered, or are dead letters.
    position UBIGINT NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE webhook_dead_letters (
    target VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    event JSON NOT NULL,
    event_time TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL,
    -- What was wrong with the last attempt.
    reason VARCHAR NOT NULL,
    failed_at TIMESTAMP NOT NULL
);
