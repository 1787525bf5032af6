-- What comes now is another history than the one whose beginning it has.
UPDATE history_identity SET epoch = $epoch::VARCHAR::UBIGINT;
