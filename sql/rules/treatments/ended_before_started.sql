-- The treatment ends before it starts.
-- nulls: ended_on
row.ended_on < row.started_on
