-- One row per source with jobs that wait or run, and how many.
select
  j.data ->> 'source' as source,
  count(*) as jobs
from caseload_queue.job as j
where j.name = 'batches'
  and j.state < 'completed'
group by
  j.data ->> 'source'
order by
  1
