-- Notes which patients and which span of readings each version of a batch holds that has no note yet: the one that is to be
-- published, the published one, and the kept ones. The caller holds the lock of the batch, so that no version changes meanwhile.
-- Does nothing while there are no marts.
create or replace function caseload.note_patients(p_source text, p_batch_date date)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from caseload.mart_state) then
    return;
  end if;
  perform caseload.note_version(r.run_id, p_source, p_batch_date)
  from caseload.runs as r
  where r.source = p_source
    and r.batch_date = p_batch_date
    and not exists (select from caseload.batch_notes as n where n.run_id = r.run_id)
    and exists (
      select
      from caseload.tables as t
      where t.run_id = r.run_id
        and t.state in ('staged', 'published', 'kept')
    );
end
$$;
