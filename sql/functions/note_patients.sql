-- Notes which patients and which span of readings each version of a batch holds that has no note yet: the one that is to be
-- published, the published one, and the kept ones. The caller holds the lock of the batch, so that no version changes meanwhile.
-- Does nothing while there are no marts.
-- Where a leaf has over 100 rows a patient, it walks the key from patient to patient: of 14.4 million readings of 2,000
-- patients `distinct` reads all.
create or replace function caseload.note_patients(p_source text, p_batch_date date)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  version record;
  part record;
  place text;
  is_long boolean;
  span_from timestamptz;
  span_until timestamptz;
begin
  if not exists (select from caseload.mart_state) then
    return;
  end if;
  for version in
    select
      r.run_id
    from caseload.runs as r
    where r.source = p_source
      and r.batch_date = p_batch_date
      and not exists (select from caseload.batch_notes as n where n.run_id = r.run_id)
      and exists (
        select
        from caseload.tables as t
        where t.run_id = r.run_id
          and t.state in ('staged', 'published', 'kept')
      )
  loop
    insert into caseload.batch_notes (run_id) values (version.run_id);
    for part in
      select
        t.table_name,
        t.leaf,
        t.state
      from caseload.tables as t
      where t.run_id = version.run_id
        and t.state in ('staged', 'published', 'kept')
        and t.leaf is not null
        and exists (
          select
          from pg_catalog.pg_attribute as a
          where a.attrelid = to_regclass(format('store.%I', t.table_name))
            and a.attname = 'patient_id'
        )
    loop
      -- Not in the statement before: Citus expands pg_stats beside a table that it knows, and then asks for rights on pg_statistic.
      is_long := exists (
        select
        from pg_catalog.pg_namespace as n
        join pg_catalog.pg_class as c
          on c.relnamespace = n.oid
          and c.relname = part.leaf
        join pg_catalog.pg_stats as s
          on s.schemaname = n.nspname
          and s.tablename = part.leaf
          and s.attname = 'patient_id'
        where n.nspname = case part.state when 'staged' then 'caseload_stage' when 'kept' then 'caseload_kept' else 'store' end
          and c.reltuples > 100 * case when s.n_distinct < 0 then -s.n_distinct * c.reltuples else s.n_distinct end
      );
      place := case part.state
        when 'staged' then format('caseload_stage.%I', part.leaf)
        when 'kept' then format('caseload_kept.%I', part.leaf)
        -- After a compaction the leaf holds other days, too.
        else format('store.%I', caseload.source_parent(part.table_name, p_source))
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
        ) using version.run_id, p_batch_date;
      else
        execute format(
          'insert into caseload.batch_patients (run_id, patient_id)
          select distinct $1, p.patient_id from %s as p where p.batch_date = $2 and p.patient_id is not null
          on conflict do nothing',
          place
        ) using version.run_id, p_batch_date;
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
        where run_id = version.run_id;
      end if;
    end loop;
  end loop;
end
$$;
