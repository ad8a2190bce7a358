-- $1 leaf, $2 table, $3 source, $4 first day, $5 the day after the last, $6 UUID of the operation, $7 the leaves it
-- replaces, as text[]. Records one staged leaf that covers a range of days. One row.
insert into caseload.range_leaves (
  leaf,
  table_name,
  source,
  from_date,
  to_date,
  operation_id,
  replaces
)
values (
  $1,
  $2,
  $3,
  $4,
  $5,
  $6,
  $7
)
