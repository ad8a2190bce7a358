-- Ends a job, or gives it back, if the lease is still the caller's: a worker whose job another one took changes nothing. One
-- call, so that a frozen worker never holds the row of a lease.
-- p_how: `done`; `dead`: no further try; `failed`: another try after p_delay_seconds, or dead after the last one; `back`: the
-- try does not count. A job that would try again ends where its batch was queued once more meanwhile: that job runs instead.
-- Returns the state of the job as pg-boss names it; null if the lease was lost.
create or replace function caseload.end_job(
  p_job uuid,
  p_lease uuid,
  p_how text,
  p_output jsonb,
  p_delay_seconds integer
)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  ended text;
begin
  delete from caseload.leases as l
  where l.job_id = p_job
    and l.lease_id = p_lease;
  if not found then
    return null;
  end if;

  update caseload_queue.job as j
  set
    state = n.state::caseload_queue.job_state,
    output = p_output,
    completed_on = case when n.state = 'retry' then null else clock_timestamp() end,
    start_after = case when n.state = 'retry' then clock_timestamp() + make_interval(secs => p_delay_seconds) else j.start_after end,
    retry_count = case when p_how = 'back' then j.retry_count - 1 else j.retry_count end
  from (
    select
      o.id,
      case
        when p_how = 'done' then 'completed'
        when p_how = 'dead' then 'failed'
        when exists (
          select
          from caseload_queue.job as again
          where again.name = 'batches'
            and again.state < 'active'
            and again.singleton_key = o.singleton_key
        ) then 'completed'
        when p_how = 'failed' and o.retry_count >= o.retry_limit then 'failed'
        else 'retry'
      end as state
    from caseload_queue.job as o
    where o.name = 'batches'
      and o.id = p_job
  ) as n
  where j.name = 'batches'
    and j.id = n.id
    and j.state = 'active'
  returning
    n.state
  into ended;

  -- What a batch ended in last is what its dead jobs of before were about.
  if ended in ('completed', 'failed') then
    update caseload_queue.job as old
    set state = 'cancelled'
    from caseload_queue.job as j
    where j.name = 'batches'
      and j.id = p_job
      and old.name = 'batches'
      and old.id <> p_job
      and old.state = 'failed'
      and old.singleton_key = j.singleton_key;
  end if;
  return coalesce(ended, 'cancelled');
end
$$;
