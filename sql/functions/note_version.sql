-- Notes which patients and which span of readings a version of a batch holds, if it has no note yet. The caller sees to it that
-- the version does not change meanwhile.
-- Where a leaf has over 100 rows a patient, it walks the key from patient to patient: of 14.4 million readings of 2,000
-- patients `distinct` reads all.
create or replace function caseload.note_version(p_run_id uuid, p_source text, p_batch_date date)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  part record;
  place text;
  is_long boolean;
  span_from timestamptz;
  span_until timestamptz;
begin
  -- Two sessions can note one version: that which publishes the next one, and a rebuild of the marts.
  insert into caseload.batch_notes (run_id) values (p_run_id) on conflict do nothing;
  if not found then
    return;
  end if;
  for part in
    select
      t.table_name,
      t.leaf,
      case t.state when 'staged' then 'caseload_stage' when 'kept' then 'caseload_kept' else 'store' end as schema_name
    from caseload.tables as t
    where t.run_id = p_run_id
      and t.state in ('staged', 'published', 'kept')
      and t.leaf is not null
      and exists (
        select
        from pg_catalog.pg_attribute as a
        where a.attrelid = to_regclass(format('store.%I', t.table_name))
          and a.attname = 'patient_id'
      )
  loop
    -- Leaf by leaf: joined to the versions, pg_stats reads the statistics of all leaves, 0.1 s of a publish with 4,400 of them.
    -- Citus would expand pg_stats beside a table that it knows, and ask for rights on pg_statistic.
    select
      coalesce(
        c.reltuples > 100 * case when s.n_distinct < 0 then -s.n_distinct * c.reltuples else s.n_distinct end,
        false
      )
    into is_long
    from pg_catalog.pg_class as c
    left join pg_catalog.pg_stats as s
      on s.schemaname = part.schema_name
      and s.tablename = part.leaf
      and s.attname = 'patient_id'
    where c.oid = to_regclass(format('%I.%I', part.schema_name, part.leaf));
    place := case part.schema_name
      -- After a compaction the leaf holds other days, too.
      when 'store' then format('store.%I', caseload.source_parent(part.table_name, p_source))
      else format('%I.%I', part.schema_name, part.leaf)
    end;
    if is_long then
      execute format(
        'insert into caseload.batch_patients (run_id, patient_id)
        with recursive walk as (
          (select p.patient_id from %1$s as p where p.batch_date = $2 order by p.patient_id limit 1)
          union all
          select
            (
              select p.patient_id
              from %1$s as p
              where p.batch_date = $2 and p.patient_id > walk.patient_id
              order by p.patient_id
              limit 1
            )
          from walk
          where walk.patient_id is not null
        )
        select $1, walk.patient_id from walk where walk.patient_id is not null
        on conflict do nothing',
        place
      ) using p_run_id, p_batch_date;
    else
      execute format(
        'insert into caseload.batch_patients (run_id, patient_id)
        select distinct $1, p.patient_id from %s as p where p.batch_date = $2 and p.patient_id is not null
        on conflict do nothing',
        place
      ) using p_run_id, p_batch_date;
    end if;
    if part.table_name in ('measurements', 'measurements_hourly') then
      execute format(
        'select min(p.%1$I), max(p.%1$I) from %2$s as p where p.batch_date = $1',
        case part.table_name when 'measurements' then 'measured_at' else 'hour' end,
        place
      ) into span_from, span_until using p_batch_date;
      update caseload.batch_notes
      set
        measured_from = least(measured_from, span_from),
        measured_until = greatest(measured_until, span_until)
      where run_id = p_run_id;
    end if;
  end loop;
end
$$;
