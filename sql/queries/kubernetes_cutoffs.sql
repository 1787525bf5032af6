-- Times between which there are so many rows each, up to that of the row by which the oldest surplus ones end.
SELECT changed_at
FROM (
    SELECT changed_at, row_number() OVER (ORDER BY changed_at, position) AS number
    FROM kubernetes_history
)
WHERE number <= $surplus::INTEGER AND (number % $step::INTEGER = 0 OR number = $surplus::INTEGER)
ORDER BY changed_at;
