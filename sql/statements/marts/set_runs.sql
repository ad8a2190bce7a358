-- $1 a source, null for all. Records which of its versions the marts hold: those that are published in this snapshot.
with gone as (
  delete from caseload_marts.runs as m
  where ($1::text is null or m.source = $1)
    and not exists (
      select
      from caseload.runs as r
      where r.run_id = m.run_id
        and r.status = 'published'
    )
)
insert into caseload_marts.runs (
  run_id,
  source,
  batch_date
)
select
  r.run_id,
  r.source,
  r.batch_date
from caseload.runs as r
where r.status = 'published'
  and ($1::text is null or r.source = $1)
on conflict do nothing
