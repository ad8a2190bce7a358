-- Distributes the tables of schema store by the first column of their keys, next to each other, and copies to every machine the ledger's
-- tables that a view or a statement over distributed tables joins. A table that is placed already stays as it is. The third list: local
-- tables that a statement changes together with such a copy, which Citus must know for that.
do $$
declare
  placed record;
  copied text;
  known text;
begin
  for placed in
    select
      c.oid::regclass as name,
      a.attname as distribution_column,
      a.atttypid = 'text'::regtype and c.relname <> 'patients' as joins_patients
    from caseload.made as m
    join pg_catalog.pg_class as c on c.relname = m.object_name and c.relnamespace = 'store'::regnamespace
    join pg_catalog.pg_index as i on i.indrelid = c.oid and i.indisprimary
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where m.schema_name = 'store'
      and not exists (select from pg_catalog.pg_dist_partition as d where d.logicalrelid = c.oid)
    order by
      c.relname <> 'patients',
      c.relname
  loop
    perform create_distributed_table(
      placed.name,
      placed.distribution_column,
      colocate_with => case when placed.joins_patients then 'store.patients' else 'default' end
    );
  end loop;

  -- With this constraint each insert of a table of a run locks caseload.tables and then caseload.runs, both as wholes. A publish locks them
  -- the other way round, and of four sources at once one deadlocked every few swaps. retain_batch removes what the constraint would.
  alter table caseload.tables drop constraint if exists tables_run_id_fkey;

  -- By their names: Citus puts another table in the place of one that it adds because of a foreign key.
  foreach copied in array
    array[
      'sources',
      'deliveries',
      'runs',
      'tables',
      'checks',
      'pins',
      'code_systems',
      'readmission_definitions'
    ]
  loop
    if not exists (
      select
      from pg_catalog.pg_dist_partition as d
      where d.logicalrelid = format('caseload.%I', copied)::regclass
        and d.repmodel = 't'
    ) then
      perform create_reference_table(format('caseload.%I', copied)::regclass);
    end if;
  end loop;

  foreach known in array array['quarantine_rows', 'files', 'attempts'] loop
    if not exists (
      select
      from pg_catalog.pg_dist_partition as d
      where d.logicalrelid = format('caseload.%I', known)::regclass
    ) then
      perform citus_add_local_table_to_metadata(format('caseload.%I', known)::regclass);
    end if;
  end loop;
end
$$;
