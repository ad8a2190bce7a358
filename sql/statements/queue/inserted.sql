-- $1 jobs, as uuid[]. One row per job that is in the queue.
select
  j.id
from caseload_queue.job as j
where j.name = 'batches'
  and j.id = any ($1::uuid[])
