-- The next rows to go into one file: the oldest of one day.
CREATE OR REPLACE TEMP TABLE slice AS
SELECT position, ended_at
FROM outdated
WHERE ended_at::DATE = (SELECT min(ended_at)::DATE FROM outdated)
ORDER BY ended_at, position
LIMIT $limit::INTEGER;
