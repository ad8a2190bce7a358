-- The smallest value of the hour is above the largest.
-- nulls: min, max
row.min > row.max
