INSERT INTO webhook_positions (target, epoch, position, updated_at)
VALUES ($target::VARCHAR, $epoch::VARCHAR, $position::VARCHAR::UBIGINT, $now::TIMESTAMP);
