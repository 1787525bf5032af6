SELECT coalesce(max(position), 0)::UBIGINT AS head FROM kubernetes_history;
