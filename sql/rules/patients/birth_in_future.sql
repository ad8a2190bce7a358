-- The patient is born after the day of the delivery.
-- Time zones may move it by one day.
-- nulls: birth_date
row.birth_date > row.batch_date + 1
