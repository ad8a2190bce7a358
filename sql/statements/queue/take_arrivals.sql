-- $1 sources, $2 days, $3 fingerprints, $4 the fingerprints that the ledger had before the landing root was listed (null: none),
-- $5 when each delivery changed last, in milliseconds, $6 whether its batch is queued; arrays of one length. One row per batch
-- for the first who takes this change of it; none for all others. The caller holds the lock of lock_arrivals.sql.
-- A listing that is older than the one that was taken last does not count for 5 minutes: a client of NFS may show a folder as it was
-- a minute ago. Afterwards it is a delivery of which something was removed.
with listed as (
  select
    n.source,
    n.batch_date,
    n.fingerprint,
    n.known,
    to_timestamp(n.changed_ms / 1000) as changed_at,
    n.queued
  from unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::float8[], $6::boolean[])
    as n (source, batch_date, fingerprint, known, changed_ms, queued)
)
insert into caseload.arrivals as t (
  source,
  batch_date,
  fingerprint,
  changed_at,
  queued
)
select
  l.source,
  l.batch_date,
  l.fingerprint,
  l.changed_at,
  l.queued
from listed as l
left join caseload.arrivals as a on a.source = l.source and a.batch_date = l.batch_date
where a.fingerprint is not distinct from l.known
  and (
    a.source is null
    or l.changed_at >= a.changed_at
    or a.seen_at < clock_timestamp() - interval '5 minutes'
  )
on conflict (source, batch_date) do update
set
  fingerprint = excluded.fingerprint,
  changed_at = excluded.changed_at,
  queued = excluded.queued,
  seen_at = excluded.seen_at
returning
  t.source,
  t.batch_date
