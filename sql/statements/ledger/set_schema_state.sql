-- $1 version of the ledger, $2 fingerprint of everything that migrate makes.
insert into caseload.schema_state (
  version,
  fingerprint
)
values (
  $1,
  $2
)
on conflict (only_row) do update
set
  version = excluded.version,
  fingerprint = excluded.fingerprint,
  migrated_at = now()
