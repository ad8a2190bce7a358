-- Notes which patients and which span of readings the published batches of a source hold that have no note yet: those of before
-- its database had marts. The caller's transaction is READ COMMITTED and has locked the parents of the source as a reader, so that
-- nothing is published or taken away meanwhile.
create or replace function caseload.note_published(p_source text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform caseload.note_version(r.run_id, r.source, r.batch_date)
  from caseload.runs as r
  where r.source = p_source
    and r.status = 'published'
    and not exists (select from caseload.batch_notes as n where n.run_id = r.run_id);
end
$$;
