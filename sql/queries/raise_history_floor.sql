UPDATE history_identity SET floor = greatest(floor, $position::VARCHAR::UBIGINT);
