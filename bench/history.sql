-- Functions that publish generated days straight into the partitions: in the shape of source_a and source_b (nested
-- visits) and of icu (five values a minute and bed), in a hundredth of the time that a load takes. Schema bench holds them.
create schema bench;

-- Fills and attaches one leaf from a SELECT of the named columns, as a run does, and analyzes it.
create function bench.publish_leaf(p_run_id uuid, p_table text, p_source text, p_day date, p_columns text, p_select text)
returns void
language plpgsql
as $$
declare
  leaf text := p_table || '_' || left(p_source, 20) || '_' || to_char(p_day, 'yyyymmdd') || '_' || left(p_run_id::text, 8);
  loaded bigint;
begin
  perform caseload.ensure_source_parent(p_table, p_source);
  perform caseload.create_leaf(p_table, leaf, p_source, p_day);
  execute format('insert into caseload_stage.%I (%s) %s', leaf, p_columns, p_select);
  get diagnostics loaded = row_count;
  perform caseload.index_leaf(p_table, leaf);
  execute format('analyze caseload_stage.%I', leaf);
  perform caseload.attach_leaf(p_table, p_source, leaf, p_day, p_day + 1);
  insert into caseload.deliveries (source, table_name, delivery)
  values (p_source, p_table, 'upsert')
  on conflict do nothing;
  insert into caseload.tables (run_id, table_name, leaf, state, candidates, loaded, quarantined, removed)
  values (p_run_id, p_table, leaf, 'published', loaded, loaded, 0, '{}');
end
$$;

create function bench.published_run(p_source text, p_day date)
returns uuid
language plpgsql
as $$
declare
  made uuid := gen_random_uuid();
begin
  insert into caseload.sources (source, transformer, class, zone, schedule)
  values (p_source, p_source, p_source, 'UTC', 'daily')
  on conflict do nothing;
  insert into caseload.runs (run_id, source, batch_date, status, published_at, ended_at, code_version, host, process_id)
  values (made, p_source, p_day, 'published', now(), now(), 'bench', 'bench', 1);
  return made;
end
$$;

-- The visits that one day delivers, one row each: its own, and one in twenty of the patients of three days before again
-- (revision 1), of which some are cancelled and some moved to another patient. Patient k of a day is another person each day.
create function bench.visits_of(p_day date, p_patients integer, p_population integer)
returns table (
  patient_no integer,
  visit_id text,
  visit_date date,
  revision integer,
  record_status text,
  k integer,
  n integer
)
language sql
stable
as $$
  select
    (d.number * 151 + k * 7 + case when d.revision = 1 and k % 100 = 11 then 1 else 0 end) % p_population,
    'V-' || to_char(d.day, 'yyyymmdd') || '-' || k || '-' || n,
    d.day,
    d.revision,
    case when d.revision = 1 and k % 50 = 7 then 'cancelled' else 'active' end,
    k,
    n
  from (
    values
      (p_day, p_day - date '2020-01-01', 0),
      (p_day - 3, p_day - 3 - date '2020-01-01', 1)
  ) as d (day, number, revision)
  cross join generate_series(1, p_patients) as k
  cross join generate_series(1, 2) as n
  where n <= 1 + k % 2
    and (d.revision = 0 or (d.day >= date '2020-01-01' and k % 20 = d.number % 20))
$$;

-- A day of nested visits.
create function bench.publish_visits(p_source text, p_day date, p_patients integer, p_population integer)
returns void
language plpgsql
as $$
declare
  made uuid := bench.published_run(p_source, p_day);
  visits text := format(
    'bench.visits_of(%L, %s, %s) as v', p_day, p_patients, p_population
  );
  patient text := $q$'P-' || lpad(v.patient_no::text, 7, '0')$q$;
begin
  perform bench.publish_leaf(
    made, 'patients', p_source, p_day, 'patient_id, name',
    format($q$select distinct %s, 'Sample Patient-' || v.patient_no from %s$q$, patient, visits)
  );
  perform bench.publish_leaf(
    made, 'visits', p_source, p_day,
    'patient_id, visit_id, visit_date, visit_type, admitted_on, discharged_on, provider_notes_text, '
      'provider_notes_author, record_status',
    format(
      $q$
        select
          %s,
          v.visit_id,
          v.visit_date,
          case when v.k %% 4 = 0 then 'inpatient' when v.k %% 5 = 0 then 'emergency' else 'other' end,
          v.visit_date - case when v.k %% 4 = 0 then 3 else 0 end,
          v.visit_date,
          'stable',
          'Dr. Sample',
          v.record_status
        from %s
      $q$,
      patient, visits
    )
  );
  perform bench.publish_leaf(
    made, 'diagnoses', p_source, p_day,
    'patient_id, visit_id, diagnosis_no, code_system, diagnosis_code, diagnosis_description',
    format(
      $q$
        select %s, v.visit_id, no, 'ICD-10', 'E' || (v.k + no) %% 90, 'Condition ' || (v.k + no) %% 90
        from %s
        cross join generate_series(1, 2) as no
        where no <= 1 + (v.k / 2 + v.n) %% 2
      $q$,
      patient, visits
    )
  );
  perform bench.publish_leaf(
    made, 'treatments', p_source, p_day,
    'patient_id, treatment_id, visit_id, diagnosis_no, drug, dose, dose_value, dose_unit',
    format(
      $q$
        select
          %s,
          v.visit_id || '/' || no || '/' || t,
          v.visit_id,
          no,
          (array['Metformin', 'Gliclazide', 'Ramipril', 'Amlodipine', 'Atorvastatin', 'Salbutamol', 'Sertraline',
            'Omeprazole'])[1 + (v.k + no + t) %% 8],
          (v.k %% 9 + v.revision) || '0 mg',
          (v.k %% 9 + v.revision) * 10,
          'mg'
        from %s
        cross join generate_series(1, 2) as no
        cross join generate_series(1, 2) as t
        where no <= 1 + (v.k / 2 + v.n) %% 2
          and t <= 1 + (v.k / 4 + no) %% 2 * (v.k %% 3 / 2 + v.k %% 2) / 2
      $q$,
      patient, visits
    )
  );
end
$$;

-- A day of intensive care: five values a minute and bed.
create function bench.publish_readings(p_source text, p_day date, p_beds integer)
returns void
language plpgsql
as $$
declare
  made uuid := bench.published_run(p_source, p_day);
begin
  perform bench.publish_leaf(
    made, 'patients', p_source, p_day, 'patient_id, name',
    format(
      $q$select 'B-' || lpad(bed::text, 5, '0'), 'Sample Bed-' || bed from generate_series(1, %s) as bed$q$,
      p_beds
    )
  );
  perform bench.publish_leaf(
    made, 'measurements', p_source, p_day, 'patient_id, measured_at, type, device_id, reading_no, value, unit',
    format(
      $q$
        select
          'B-' || lpad(bed::text, 5, '0'),
          %L::timestamptz + minute * interval '1 minute',
          p.type,
          'D-' || bed,
          0,
          p.low + (bed * 31 + minute * 17) %% p.span,
          p.unit
        from generate_series(0, 1439) as minute
        cross join generate_series(1, %s) as bed
        cross join (
          values
            ('heart_rate', '/min', 45, 90),
            ('systolic', 'mmHg', 90, 80),
            ('diastolic', 'mmHg', 45, 40),
            ('spo2', '%%', 85, 15),
            ('respiratory_rate', '/min', 8, 25)
        ) as p (type, unit, low, span)
      $q$,
      p_day, p_beds
    )
  );
end
$$;

-- A day that links one patient to a person, and delivers nothing else.
create function bench.publish_link(p_source text, p_day date, p_patient text, p_person text)
returns void
language plpgsql
as $$
begin
  perform bench.publish_leaf(
    bench.published_run(p_source, p_day), 'patient_links', p_source, p_day, 'patient_id, person_id',
    format('select %L, %L', p_patient, p_person)
  );
end
$$;

-- Stages a published day of visits once more, each prescription with another dose. Returns the run, which is not published yet.
create function bench.stage_again(p_source text, p_day date)
returns uuid
language plpgsql
as $$
declare
  made uuid := gen_random_uuid();
  part record;
  leaf text;
  loaded bigint;
begin
  insert into caseload.runs (run_id, source, batch_date, code_version, host, process_id)
  values (made, p_source, p_day, 'bench', 'bench', 1);
  for part in
    select
      t.table_name
    from caseload.published as t
    where t.source = p_source
      and t.batch_date = p_day
  loop
    leaf := caseload.leaf_name(part.table_name, p_source, p_day, made);
    perform caseload.create_leaf(part.table_name, leaf, p_source, p_day);
    execute format(
      'insert into caseload_stage.%I select * from store.%I where source = $1 and batch_date = $2', leaf, part.table_name
    ) using p_source, p_day;
    get diagnostics loaded = row_count;
    if part.table_name = 'treatments' then
      execute format('update caseload_stage.%I set dose = %L', leaf, 'half');
    end if;
    perform caseload.index_leaf(part.table_name, leaf);
    insert into caseload.tables (run_id, table_name, leaf, candidates, loaded, quarantined, removed)
    values (made, part.table_name, leaf, loaded, loaded, 0, '{}');
  end loop;
  return made;
end
$$;
