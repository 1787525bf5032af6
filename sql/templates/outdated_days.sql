-- The days of the outdated rows, and one more on either side: another replica may have seen them on that.
SELECT
    (min(ended_at)::DATE - 1)::VARCHAR AS first_day,
    (max(ended_at)::DATE + 1)::VARCHAR AS last_day
FROM outdated;
