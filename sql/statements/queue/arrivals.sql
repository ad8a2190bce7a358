-- $1 sources as text[], or null for all; $2 first day. One row per batch whose delivery was decided about.
select
  a.source,
  a.batch_date,
  a.fingerprint
from caseload.arrivals as a
where ($1::text[] is null or a.source = any ($1::text[]))
  and a.batch_date >= $2
