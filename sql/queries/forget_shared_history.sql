DELETE FROM shared_history WHERE day < $day::DATE;
