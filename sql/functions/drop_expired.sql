-- Drops the replaced versions of a published run's batch beyond the newest p_keep, and the rows in quarantine that expired with them.
create or replace function caseload.drop_expired(p_run_id uuid, p_keep integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  batch record;
begin
  select
    r.source,
    r.batch_date
  into batch
  from caseload.runs as r
  where r.run_id = p_run_id
    and r.status = 'published';
  if found then
    perform caseload.drop_kept_versions(batch.source, batch.batch_date, p_keep);
    perform caseload.expire_quarantine(batch.source, batch.batch_date);
  end if;
end
$$;
