-- The patient dies after the day of the delivery.
-- One day is left to time zones.
-- nulls: deceased_at
row.deceased_at >= row.batch_date + 2
