-- $1 states, as text[] in the words of pg-boss; $2 the beginning of a job's id, or null. One row per job, those that run first,
-- then in the order in which they wait. A dead job whose batch was published since, by whatever command, counts as cancelled.
select
  j.id as job,
  j.data ->> 'source' as source,
  j.data ->> 'date' as date,
  case j.state
    when 'active' then 'running'
    when 'completed' then 'done'
    when 'cancelled' then 'cancelled'
    when 'failed' then 'dead'
    else 'waiting'
  end as state,
  greatest(0, j.retry_count + case when j.started_on is null then 0 else 1 end) as tries,
  j.retry_limit + 1 as most_tries,
  j.created_on as queued_at,
  j.start_after,
  j.completed_on as ended_at,
  l.worker,
  l.run_id as run,
  j.data ->> 'reason' as reason,
  j.output ->> 'errorClass' as error_class,
  j.output ->> 'message' as message
from (
  select
    o.id,
    o.data,
    case
      when o.state = 'failed' and exists (
        select
        from caseload.runs as r
        where r.source = o.data ->> 'source'
          and r.batch_date = (o.data ->> 'date')::date
          and r.status = 'published'
          and r.published_at > o.completed_on
      ) then 'cancelled'
      else o.state::text
    end as state,
    o.priority,
    o.retry_count,
    o.retry_limit,
    o.created_on,
    o.started_on,
    o.start_after,
    o.completed_on,
    o.output
  from caseload_queue.job as o
  where o.name = 'batches'
) as j
left join caseload.leases as l on l.job_id = j.id
where j.state = any ($1::text[])
  and ($2::text is null or starts_with(j.id::text, lower($2)))
order by
  (j.state = 'active') desc,
  j.priority desc,
  j.created_on,
  j.id
