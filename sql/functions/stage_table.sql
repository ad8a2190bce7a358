-- Makes the staged leaf of one table of a running run, into which its loader may insert until finish_table. The caller copies in
-- the same transaction. p_silent_on: of visits, the child tables of which the batch says nothing. Returns the leaf's name. Raises CL001 if
-- the run is not running.
create or replace function caseload.stage_table(p_run_id uuid, p_table text, p_silent_on text[])
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  batch record;
  leaf text;
begin
  perform caseload.require_table(p_table);
  select
    r.source,
    r.batch_date
  into batch
  from caseload.runs as r
  where r.run_id = p_run_id
    and r.status = 'running';
  if not found then
    raise exception 'run % is not running', p_run_id using errcode = 'CL001';
  end if;
  leaf := caseload.leaf_name(p_table, batch.source, batch.batch_date, p_run_id);
  perform caseload.create_leaf(p_table, leaf, batch.source, batch.batch_date);
  if p_table = 'visits' and cardinality(p_silent_on) > 0 then
    perform caseload.mark_silent(leaf, p_silent_on);
  end if;
  perform caseload.let_insert(leaf, true);
  return leaf;
end
$$;
