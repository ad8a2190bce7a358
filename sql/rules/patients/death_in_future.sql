-- The patient dies after the day of the delivery.
-- Time zones may move it by one day.
-- nulls: deceased_at
row.deceased_at >= row.batch_date + 2
