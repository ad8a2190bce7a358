-- $1 a prefix. Records that the database has the roles of this prefix.
insert into caseload.access (prefix)
values ($1)
on conflict (only_row) do update
set
  prefix = excluded.prefix,
  settled_at = now()
