-- One row per version of a batch that is published and not in the marts, or in the marts and no longer published.
-- has_note: the ledger knows what it touches; without a note the whole source is recomputed.
-- measured_from, measured_until: seconds since 1970.
select
  coalesce(p.run_id, m.run_id) as run_id,
  coalesce(p.source, m.source) as source,
  coalesce(p.batch_date, m.batch_date)::text as batch_date,
  p.run_id is not null as is_published,
  n.run_id is not null as has_note,
  extract(epoch from n.measured_from)::float8 as measured_from,
  extract(epoch from n.measured_until)::float8 as measured_until
from (
  select
    run_id,
    source,
    batch_date
  from caseload.runs
  where status = 'published'
) as p
full join caseload_marts.runs as m
  on m.run_id = p.run_id
left join caseload.batch_notes as n
  on n.run_id = coalesce(p.run_id, m.run_id)
where p.run_id is null
  or m.run_id is null
order by
  2,
  3
