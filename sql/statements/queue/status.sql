-- One row per source with jobs: how many wait, run and are dead, and for how many seconds the oldest has waited for its turn. A
-- dead job whose batch was published since does not count, see list_jobs.sql.
select
  j.data ->> 'source' as source,
  count(*) filter (where j.state < 'active') as waiting,
  count(*) filter (where j.state = 'active') as running,
  count(*) filter (where j.state = 'failed') as dead,
  coalesce(
    max(extract(epoch from clock_timestamp() - j.created_on)) filter (where j.state < 'active'),
    0
  )::integer as oldest_seconds
from caseload_queue.job as j
where j.name = 'batches'
  and j.state in ('created', 'retry', 'active', 'failed')
  and not (
    j.state = 'failed'
    and exists (
      select
      from caseload.runs as r
      where r.source = j.data ->> 'source'
        and r.batch_date = (j.data ->> 'date')::date
        and r.status = 'published'
        and r.published_at > j.completed_on
    )
  )
group by
  j.data ->> 'source'
order by
  1
