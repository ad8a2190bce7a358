-- The smallest value of the hour is above the largest.
row.min > row.max
