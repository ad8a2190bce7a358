-- One row per table of schema store and view of schema clinical that Caseload has made. What else has one of their names is
-- somebody else's, and is neither altered nor replaced.
create table caseload.made (
  schema_name text not null,
  object_name text not null,
  primary key (schema_name, object_name)
);

-- A database that has a ledger already: what lies there in the form of ours is ours.
insert into caseload.made (
  schema_name,
  object_name
)
select
  n.nspname,
  c.relname
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where (n.nspname = 'store' and c.relkind = 'p' and not c.relispartition)
  or (n.nspname = 'clinical' and c.relkind = 'v');
