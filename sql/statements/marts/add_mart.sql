-- $1 to $5 a mart, as it was made. Adds it.
insert into caseload.marts (
  mart,
  kind,
  month_of,
  indexes,
  definition
)
values (
  $1,
  $2,
  $3,
  $4,
  $5
)
