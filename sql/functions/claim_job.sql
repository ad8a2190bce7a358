-- Takes the next job of the queue for a worker, with a lease. One call, so that a frozen worker never holds the lock under
-- which the jobs of a source are counted. pg-boss has no fetch that leaves out a batch that runs or a source at its limit.
-- p_excluded: sources that this worker cannot run. p_per_source: how many jobs of one source may run at once; null: no limit.
-- Jobs `in_turn` run one at a time, the oldest day first. One row, none if no job may run now.
create or replace function caseload.claim_job(
  p_worker text,
  p_lease uuid,
  p_lease_seconds integer,
  p_excluded text[],
  p_per_source integer
)
returns table (
  job_id uuid,
  source text,
  batch_date date,
  data jsonb,
  tries integer,
  most_tries integer,
  first_claimed_at timestamptz
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  next_job record;
begin
  perform pg_advisory_xact_lock(hashtextextended('caseload/claim', 0));

  with waiting as (
    select
      j.id,
      j.data,
      j.data ->> 'source' as source,
      (j.data ->> 'date')::date as batch_date,
      coalesce((j.data ->> 'inTurn')::boolean, false) as in_turn,
      j.start_after,
      j.started_on,
      j.priority,
      j.created_on,
      min((j.data ->> 'date')::date) over (partition by j.data ->> 'source') as first_date
    from caseload_queue.job as j
    where j.name = 'batches'
      and j.state < 'active'
  ),
  running as (
    select
      l.source,
      count(*) as jobs
    from caseload.leases as l
    group by
      l.source
  )
  select
    w.id,
    w.source,
    w.batch_date
  into next_job
  from waiting as w
  left join running as r on r.source = w.source
  where w.start_after <= clock_timestamp()
    and w.source <> all (p_excluded)
    and (p_per_source is null or coalesce(r.jobs, 0) < p_per_source)
    and (not w.in_turn or (r.jobs is null and w.batch_date = w.first_date))
    and not exists (
      select
      from caseload.leases as l
      where l.source = w.source
        and l.batch_date = w.batch_date
    )
  order by
    w.priority desc,
    w.created_on,
    w.id
  limit 1;
  if not found then
    return;
  end if;

  insert into caseload.leases (
    job_id,
    lease_id,
    source,
    batch_date,
    worker,
    expires_at
  )
  values (
    next_job.id,
    p_lease,
    next_job.source,
    next_job.batch_date,
    p_worker,
    clock_timestamp() + make_interval(secs => p_lease_seconds)
  );

  return query
  update caseload_queue.job as j
  set
    state = 'active',
    started_on = coalesce(j.started_on, clock_timestamp()),
    retry_count = case when j.started_on is null then j.retry_count else j.retry_count + 1 end
  where j.name = 'batches'
    and j.id = next_job.id
  returning
    j.id,
    next_job.source,
    next_job.batch_date,
    j.data,
    j.retry_count + 1,
    j.retry_limit + 1,
    j.started_on;
end
$$;
