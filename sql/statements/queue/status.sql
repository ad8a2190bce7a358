-- One row per source with jobs: how many wait, run and are dead, and for how many seconds the oldest has waited for its turn.
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
group by
  j.data ->> 'source'
order by
  1
