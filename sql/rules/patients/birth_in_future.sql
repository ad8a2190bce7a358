-- The patient is born after the day of the delivery.
-- One day is left to time zones.
-- nulls: birth_date
row.birth_date > row.batch_date + 1
