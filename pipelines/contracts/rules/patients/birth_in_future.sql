-- The patient is born after the day of the delivery.
-- One day is left to time zones.
row.birth_date > row.batch_date + 1
