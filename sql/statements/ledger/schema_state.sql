-- What the last migration wrote. A ledger from before it had targets is of a plain database.
select
  s.version,
  s.fingerprint,
  coalesce(to_jsonb(s) ->> 'target', 'postgres') as target
from caseload.schema_state as s
