-- $1 a schema, $2 names of objects that Caseload made there.
insert into caseload.made (
  schema_name,
  object_name
)
select
  $1,
  t.name
from unnest($2::text[]) as t (name)
on conflict do nothing
