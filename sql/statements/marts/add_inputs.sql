-- $1 inputs, $2 sources, $3 names, $4 values, by position: records what the marts are made from.
insert into caseload_marts.inputs (
  input,
  source,
  name,
  value
)
select
  u.input,
  u.source,
  u.name,
  u.value
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u (input, source, name, value)
