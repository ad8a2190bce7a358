-- $1 keys, as text[]. One row per key of which a job waits.
select distinct
  j.singleton_key as key
from caseload_queue.job as j
where j.name = 'batches'
  and j.state < 'active'
  and j.singleton_key = any ($1::text[])
