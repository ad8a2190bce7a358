-- $1 a run's id, the beginning of one, or null. One row per batch whose newest run did not publish and is not alive; with
-- a run, only its batch, whatever became of it. Runs that only compare say nothing of their batch. `dismissed` says why a
-- batch will not be loaded; other pinned batches are left out.
with newest as (
  select distinct on (r.source, r.batch_date)
    r.source,
    r.batch_date,
    r.run_id,
    r.status,
    r.error_class
  from caseload.runs as r
  where r.status <> 'planned'
    and not r.compares
  order by
    r.source,
    r.batch_date,
    r.started_at desc,
    r.run_id
)
select
  n.source,
  n.batch_date as date,
  n.status,
  n.error_class,
  caseload.pin_reason(d.kind, d.reason, d.pinned_by, d.pinned_at) as dismissed
from newest as n
left join caseload.pins as d on d.source = n.source and d.batch_date = n.batch_date and d.kind = 'dismissed'
where
  case
    when $1::text is null then n.status not in ('published', 'rolled_back')
      and not exists (
        select
        from caseload.pins as h
        where h.source = n.source
          and h.batch_date = n.batch_date
          and h.kind <> 'dismissed'
      )
    else exists (
      select
      from caseload.runs as asked
      where asked.source = n.source
        and asked.batch_date = n.batch_date
        and starts_with(asked.run_id::text, lower($1))
    )
  end
  and not (n.status = 'running' and caseload.batch_is_locked(n.source, n.batch_date))
order by
  n.batch_date,
  n.source
