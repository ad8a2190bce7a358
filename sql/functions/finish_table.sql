-- Ends the staging of one table of a run: takes back the right to insert, builds the indexes and the statistics of its leaf, or
-- drops an empty one, and records the counts, which p_counts has as a JSON object. False, and nothing recorded, if the run is no
-- longer running: another session declared it dead.
-- hold_run makes a session that declares this run dead wait for this transaction, so that it finds the leaf and drops it; if
-- it was first, this finds the run no longer running. Without it, a stage that was about to end when its command died left a leaf.
create or replace function caseload.finish_table(p_run_id uuid, p_table text, p_counts json)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  batch record;
  staged text;
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
    return false;
  end if;
  staged := caseload.leaf_name(p_table, batch.source, batch.batch_date, p_run_id);
  if (p_counts ->> 'loaded')::bigint > 0 then
    perform caseload.let_insert(staged, false);
    perform caseload.index_leaf(p_table, staged);
    execute format('analyze caseload_stage.%I', staged);
  else
    execute format('drop table caseload_stage.%I', staged);
    staged := null;
  end if;
  -- Not before: an index may take minutes.
  if not caseload.hold_run(p_run_id) then
    return false;
  end if;
  insert into caseload.tables (
    run_id,
    table_name,
    leaf,
    candidates,
    loaded,
    quarantined,
    quarantined_by,
    removed,
    dropped,
    warned
  )
  values (
    p_run_id,
    p_table,
    staged,
    (p_counts ->> 'candidates')::bigint,
    (p_counts ->> 'loaded')::bigint,
    (p_counts ->> 'quarantined')::bigint,
    p_counts -> 'quarantinedBy',
    p_counts -> 'removed',
    p_counts -> 'dropped',
    p_counts -> 'warned'
  );
  return true;
end
$$;
