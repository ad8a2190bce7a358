-- Grain: one row per source, child table, parent table, patient_id, visit_id (null where the parent is a patient),
-- batch_date and reason: `rows` rows of that batch refer to a parent that cannot be shown with them. Reads every table
-- that refers to another one, those of a project too, clinical.delivered_tables and caseload.deliveries. If the
-- references of a table are `batch`, a batch that delivered the parent table, too, has no rows here: such rows are in
-- quarantine. Both ids are null for user_roles, which have no patient. A diagnosis has its patient through its visit.
-- reason: `no parent in any batch` of the source; `parent only in another batch`, for rows that are read with one
-- version of their parent (the diagnoses of a visit) while no version of it came in their batch, so that no current_*
-- view ever shows them. Rows that belong to a patient or a visit by its id alone, such as measurements and diagnoses,
-- procedures and treatments that are entities, have only the first: the current_* views show them, with a reference to
-- nothing.
-- A parent that vanished from a `full` list was in a batch; of what is read as a `full` list, only the newest counts.
-- read_with is the table whose delivery says so. A parent table that the source neither declares nor fills is not missed,
-- except visits: a diagnosis, procedure or treatment of a document shows in no current_* view without its visit.
-- `caseload check`, and each load, warn of a batch that adds rows here (check orphans_<parent>). The devices of readings
-- are in clinical.device_conflicts.
-- Keys are grouped before they meet their parents, and only those that found none in their own batch look elsewhere:
-- of 5 million measurements, 1.4 million diagnoses and treatments and 0.4 million visits and patients in 300 leaves, a
-- quarter of the visits gone, all orphans take 6.7 s of one core, those of one batch 0.13 s (PostgreSQL 15: 8.0 and
-- 0.16 s).
create or replace view clinical.orphans as
select
  r.source,
  r.child_table,
  r.parent_table,
  r.patient_id,
  r.visit_id,
  r.batch_date,
  r.reason,
  sum(r.rows)::bigint as rows
from (
  select
    k.source,
    k.child_table,
    o.parent_table,
    k.patient_id,
    o.visit_id,
    k.batch_date,
    'no parent in any batch' as reason,
    k.read_with,
    false as is_versioned,
    k.rows
  from (
    select
      'patient_links' as child_table,
      'patient_links' as read_with,
      source,
      patient_id,
      null::text as visit_id,
      batch_date,
      count(*) as rows
    from store.patient_links
    group by source, patient_id, batch_date
    union all
    select
      'visits',
      'visits',
      source,
      patient_id,
      null,
      batch_date,
      count(*)
    from store.visits
    group by source, patient_id, batch_date
    union all
    select
      'procedures',
      case
        when visit_id is null then 'procedures'
        when source = any (
          array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
        ) then 'procedures'
        else 'visits'
      end,
      source,
      patient_id,
      null,
      batch_date,
      count(*)
    from store.procedures
    group by source, patient_id, visit_id is null, batch_date
    union all
    select
      'treatments',
      case
        when visit_id is null then 'treatments'
        when source = any (
          array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
        ) then 'treatments'
        else 'visits'
      end,
      source,
      patient_id,
      null,
      batch_date,
      count(*)
    from store.treatments
    group by source, patient_id, visit_id is null, batch_date
    union all
    select
      'measurements',
      'measurements',
      source,
      patient_id,
      visit_id,
      batch_date,
      count(*)
    from store.measurements
    group by source, patient_id, visit_id, batch_date
    union all
    select
      'measurements_hourly',
      'measurements_hourly',
      source,
      patient_id,
      null,
      batch_date,
      count(*)
    from store.measurements_hourly
    group by source, patient_id, batch_date
    union all
    select
      'devices',
      'devices',
      source,
      patient_id,
      null,
      batch_date,
      count(*)
    from store.devices
    where patient_id is not null
    group by source, patient_id, batch_date
  ) as k
  left join (
    select
      source,
      patient_id
    from store.patients
    group by source, patient_id
  ) as p
    on p.source = k.source
    and p.patient_id = k.patient_id
  left join (
    select
      source,
      patient_id,
      visit_id
    from store.visits
    group by source, patient_id, visit_id
  ) as v
    on v.source = k.source
    and v.patient_id = k.patient_id
    and v.visit_id = k.visit_id
  cross join lateral (
    values
      ('patients', null, p.patient_id is null),
      ('visits', k.visit_id, k.visit_id is not null and v.visit_id is null)
  ) as o (parent_table, visit_id, missing)
  where o.missing
    and (p.patient_id is null or (k.visit_id is not null and v.visit_id is null))
  union all
  select
    c.source,
    c.child_table,
    c.parent_table,
    c.patient_id,
    c.visit_id,
    c.batch_date,
    case
      when case c.parent_table
        when 'patients' then exists (
          select
          -- Steps for Citus, here and below, as in latest_visits.
          from (
            with delivered as (
              select
                source,
                patient_id
              from store.patients
            )
            select * from delivered
          ) as p
          where p.source = c.source
            and p.patient_id = c.patient_id
        )
        when 'visits' then exists (
          select
          from (
            with delivered as (
              select
                source,
                patient_id,
                visit_id
              from store.visits
            )
            select * from delivered
          ) as v
          where v.source = c.source
            and v.patient_id = c.patient_id
            and v.visit_id = c.visit_id
        )
        else exists (
          select
          from (
            with delivered as (
              select
                source,
                patient_id,
                visit_id,
                diagnosis_no
              from store.diagnoses
            )
            select * from delivered
          ) as d
          where d.source = c.source
            and d.patient_id = c.patient_id
            and d.visit_id = c.visit_id
            and d.diagnosis_no = c.diagnosis_no
        )
      end then 'parent only in another batch'
      else 'no parent in any batch'
    end,
    case c.parent_table when 'patients' then 'patients' else 'visits' end,
    true,
    c.rows
  from (
    select
      k.child_table,
      'patients' as parent_table,
      k.source,
      k.patient_id,
      null::text as visit_id,
      null::integer as diagnosis_no,
      k.batch_date,
      k.rows
    from (
      select
        'patient_contacts' as child_table,
        source,
        patient_id,
        batch_date,
        count(*) as rows
      from store.patient_contacts
      group by source, patient_id, batch_date
      union all
      select
        'coverages',
        source,
        patient_id,
        batch_date,
        count(*)
      from store.coverages
      group by source, patient_id, batch_date
      union all
      select
        'allergies',
        source,
        patient_id,
        batch_date,
        count(*)
      from store.allergies
      group by source, patient_id, batch_date
    ) as k
    where not exists (
        select
        from (
          with delivered as (
            select
              source,
              patient_id,
              batch_date
            from store.patients
          )
          select * from delivered
        ) as p
        where p.source = k.source
          and p.patient_id = k.patient_id
          and p.batch_date = k.batch_date
      )
    union all
    select
      k.child_table,
      'visits',
      k.source,
      k.patient_id,
      k.visit_id,
      null,
      k.batch_date,
      k.rows
    from (
      select
        'diagnoses' as child_table,
        source,
        patient_id,
        visit_id,
        batch_date,
        count(*) as rows
      from store.diagnoses
      where coalesce(
        source <> all (
          array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
        ),
        false
      )
      group by source, patient_id, visit_id, batch_date
      union all
      select
        'procedures',
        source,
        patient_id,
        visit_id,
        batch_date,
        count(*)
      from store.procedures
      where visit_id is not null
        and coalesce(
          source <> all (
            array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
          ),
          false
        )
      group by source, patient_id, visit_id, batch_date
      union all
      select
        'treatments',
        source,
        patient_id,
        visit_id,
        batch_date,
        count(*)
      from store.treatments
      where visit_id is not null
        and coalesce(
          source <> all (
            array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
          ),
          false
        )
      group by source, patient_id, visit_id, batch_date
    ) as k
    where not exists (
        select
        from (
          with delivered as (
            select
              source,
              patient_id,
              visit_id,
              batch_date
            from store.visits
          )
          select * from delivered
        ) as v
        where v.source = k.source
          and v.patient_id = k.patient_id
          and v.visit_id = k.visit_id
          and v.batch_date = k.batch_date
      )
    union all
    select
      k.child_table,
      'diagnoses',
      k.source,
      k.patient_id,
      k.visit_id,
      k.diagnosis_no,
      k.batch_date,
      k.rows
    from (
      select
        'treatments' as child_table,
        source,
        patient_id,
        visit_id,
        diagnosis_no,
        batch_date,
        count(*) as rows
      from store.treatments
      where visit_id is not null
        and diagnosis_no is not null
        and coalesce(
          source <> all (
            array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
          ),
          false
        )
      group by source, patient_id, visit_id, diagnosis_no, batch_date
    ) as k
    where not exists (
        select
        from (
          with delivered as (
            select
              source,
              patient_id,
              visit_id,
              diagnosis_no,
              batch_date
            from store.diagnoses
          )
          select * from delivered
        ) as d
        where d.source = k.source
          and d.patient_id = k.patient_id
          and d.visit_id = k.visit_id
          and d.diagnosis_no = k.diagnosis_no
          and d.batch_date = k.batch_date
      )
  ) as c
  union all
  select
    k.source,
    k.child_table,
    'visits',
    k.patient_id,
    k.visit_id,
    k.batch_date,
    'no parent in any batch',
    k.child_table,
    false,
    k.rows
  from (
    select
      'diagnoses' as child_table,
      source,
      patient_id,
      visit_id,
      batch_date,
      count(*) as rows
    from store.diagnoses
    where source = any (
        array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
      )
    group by source, patient_id, visit_id, batch_date
    union all
    select
      'procedures',
      source,
      patient_id,
      visit_id,
      batch_date,
      count(*)
    from store.procedures
    where source = any (
        array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
      )
      and visit_id is not null
    group by source, patient_id, visit_id, batch_date
    union all
    select
      'treatments',
      source,
      patient_id,
      visit_id,
      batch_date,
      count(*)
    from store.treatments
    where source = any (
        array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
      )
      and visit_id is not null
    group by source, patient_id, visit_id, batch_date
  ) as k
  where not exists (
      select
      from (
        with delivered as (
          select
            source,
            visit_id
          from store.visits
        )
        select * from delivered
      ) as v
      where v.source = k.source
        and v.visit_id = k.visit_id
    )
    and (select count(*) from caseload.deliveries where children = 'entity') > 0
  union all
  select
    c.source,
    'user_roles',
    o.parent_table,
    null,
    null,
    c.batch_date,
    'no parent in any batch',
    'user_roles',
    false,
    1
  from store.user_roles as c
  cross join (values ('users'), ('role_definitions')) as o (parent_table)
  where case o.parent_table
    when 'users' then not exists (
      select
      from (
        with defined as (
          select
            source,
            user_id
          from store.users
        )
        select * from defined
      ) as u
      where u.source = c.source
        and u.user_id = c.user_id
    )
    else not exists (
      select
      from (
        with defined as (
          select
            source,
            role_id
          from store.role_definitions
        )
        select * from defined
      ) as d
      where d.source = c.source
        and d.role_id = c.role_id
    )
  end
  -- The tables of a project follow here (pipelines/ledger/own-orphans.ts).
) as r
left join (
  select
    source,
    table_name
  from clinical.delivered_tables
  union
  select
    source,
    table_name
  from caseload.deliveries
) as filled
  on filled.source = r.source
  and filled.table_name = r.parent_table
left join clinical.delivered_tables as t
  on t.source = r.source
  and t.table_name = r.read_with
where (t.delivery is distinct from 'full' or r.batch_date = t.newest_batch_date)
  and (filled.source is not null or (r.parent_table = 'visits' and r.is_versioned))
group by
  r.source,
  r.child_table,
  r.parent_table,
  r.patient_id,
  r.visit_id,
  r.batch_date,
  r.reason;
