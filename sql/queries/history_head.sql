-- Which history this is (another begins with an empty file and with a restore) and how far it has come.
SELECT
    epoch::VARCHAR AS epoch,
    greatest(floor, (SELECT coalesce(max(position), 0) FROM recent_history))::UBIGINT AS head
FROM history_identity;
