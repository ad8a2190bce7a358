-- Makes the parent of one source below one table, if it does not exist. CREATE and ATTACH under an advisory lock,
-- because PARTITION OF takes an exclusive lock on the table and concurrent first runs of one source would fail. Reads
-- the catalog with a query, because the cache of to_regclass would still say no after the wait. Only this function
-- defines how a table is partitioned below its source.
create or replace function caseload.ensure_source_parent(p_table text, p_source text)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  parent text := caseload.source_parent(p_table, p_source);
begin
  if caseload.is_table('store', parent) then
    return parent;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('caseload/parents', 0));
  -- The session that held the lock may have used that name for another table.
  parent := caseload.source_parent(p_table, p_source);
  if not caseload.is_table('store', parent) then
    execute format('create table store.%I (like store.%I including all excluding identity excluding indexes) partition by range (batch_date)', parent, p_table);
    execute format('revoke usage on type store.%I from public', parent);
    execute format('alter table store.%I attach partition store.%I for values in (%L)', p_table, parent, p_source);
  end if;
  return parent;
end
$$;
