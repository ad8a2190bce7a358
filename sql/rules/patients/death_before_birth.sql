-- The patient dies before the day of birth.
-- The moment is UTC and the day is local, at most 14 hours ahead of it.
-- nulls: deceased_at
row.deceased_at < row.birth_date - 1
