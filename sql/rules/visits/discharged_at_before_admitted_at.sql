-- The visit ends before it begins.
-- nulls: discharged_at, discharged_on
row.discharged_at < row.admitted_at
