DELETE FROM recent_history;
