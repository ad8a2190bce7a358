-- Deletes the rejected rows of a batch's runs that no view shows any more: of runs that died, failed, were only planned
-- or rolled back, of versions that are no longer kept, of refused runs once a later one is published, and of unmasked
-- refused runs once a later one is masked.
create or replace function caseload.expire_quarantine(p_source text, p_batch_date date)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  deleted bigint;
begin
  delete from caseload.quarantine_rows as q
  using caseload.runs as r
  where r.run_id = q.run_id
    and r.source = p_source
    and r.batch_date = p_batch_date
    and (
      r.status in ('failed', 'aborted', 'incomplete', 'planned', 'rolled_back')
      or (
        r.status = 'replaced'
        and not exists (select from caseload.tables as t where t.run_id = r.run_id and t.state = 'kept')
      )
      or (
        r.status = 'refused'
        and exists (
          select
          from caseload.runs as later
          where later.source = p_source
            and later.batch_date = p_batch_date
            and (
              later.status = 'published'
              or (
                later.status = 'refused'
                and caseload.is_masked(later.code_hash)
                and not caseload.is_masked(r.code_hash)
              )
            )
            and later.started_at > r.started_at
        )
      )
    );
  get diagnostics deleted = row_count;
  return deleted;
end
$$;
