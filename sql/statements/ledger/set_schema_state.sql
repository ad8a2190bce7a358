-- $1 version of the ledger, $2 fingerprint of everything that migrate makes, $3 target, which never changes.
insert into caseload.schema_state (
  version,
  fingerprint,
  target
)
values (
  $1,
  $2,
  $3
)
on conflict (only_row) do update
set
  version = excluded.version,
  fingerprint = excluded.fingerprint,
  migrated_at = now()
