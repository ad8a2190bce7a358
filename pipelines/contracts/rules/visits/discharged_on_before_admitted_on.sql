-- The visit ends on a day before it begins.
row.discharged_on < row.admitted_on
