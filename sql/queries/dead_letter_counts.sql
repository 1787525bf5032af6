SELECT target, count(*)::INTEGER AS letters FROM webhook_dead_letters GROUP BY target;
