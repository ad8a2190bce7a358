-- $1 jobs, as uuid[]. One row per job that is dead, with what it says about its batch.
select
  j.id,
  j.data
from caseload_queue.job as j
where j.name = 'batches'
  and j.state = 'failed'
  and j.id = any ($1::uuid[])
