-- The treatment ends before it starts.
row.ended_on < row.started_on
