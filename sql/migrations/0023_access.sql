-- One row while the database has roles of its own, see docs/roles.md: the prefix of their names. Without a row, the login that
-- made the database owns all of it.
create table caseload.access (
  only_row boolean primary key default true check (only_row),
  prefix text not null,
  settled_at timestamptz not null default now()
);
