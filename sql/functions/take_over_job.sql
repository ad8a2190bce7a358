-- Takes a job from a worker that has not renewed its lease for p_grace_seconds after it lapsed: declares its run dead, so that
-- the run can stage and publish nothing more, and counts the try as failed. The caller has ended the sessions of the run.
-- Returns the state of the job as pg-boss names it; null if the lease was renewed or another worker was faster.
create or replace function caseload.take_over_job(p_job uuid, p_lease uuid, p_grace_seconds integer)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  lost record;
  ended timestamptz;
begin
  select
    l.run_id,
    l.worker
  into lost
  from caseload.leases as l
  where l.job_id = p_job
    and l.lease_id = p_lease
    and l.expires_at < clock_timestamp() - make_interval(secs => p_grace_seconds)
  for update;
  if not found then
    return null;
  end if;

  perform caseload.await_holders(lost.run_id);
  ended := clock_timestamp();
  update caseload.runs as r
  set
    status = 'aborted',
    ended_at = ended,
    error_class = 'WorkerLost',
    error_message = 'its worker did not renew the lease; another worker took the job'
  where r.run_id = lost.run_id
    and r.status = 'running';

  return caseload.end_job(
    p_job,
    p_lease,
    'failed',
    jsonb_build_object('errorClass', 'WorkerLost', 'message', format('Worker %s did not renew its lease.', lost.worker)),
    0
  );
end
$$;
