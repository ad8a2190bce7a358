-- The visit ends on a day before it begins.
-- nulls: discharged_at, discharged_on
row.discharged_on < row.admitted_on
