-- The visit ends before it begins.
row.discharged_at < row.admitted_at
