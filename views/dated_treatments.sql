-- Grain: one row per source, patient, visit (if any) and treatment that is true now, with the date of its visit: what
-- current_treatments shows, for views that need the visit, too, and would otherwise find all current visits once more.
-- Reads store.treatments, store.visits, clinical.current_visits, clinical.latest_visits, clinical.delivered_tables and
-- caseload.deliveries. Its branches are those of current_diagnoses.sql, which explains them, and one for rows without a visit.
-- materialized: by visit
-- index: drug, visit_date
create or replace view clinical.dated_treatments as
select
  c.source,
  c.patient_id,
  c.treatment_id,
  c.visit_id,
  v.visit_date,
  c.diagnosis_no,
  c.drug,
  c.dose,
  c.dose_value,
  c.dose_unit,
  c.started_on,
  c.ended_on,
  c.record_status,
  c.batch_date
from store.treatments as c
left join clinical.current_visits as v
  on v.source = c.source
  and v.patient_id = c.patient_id
  and v.visit_id = c.visit_id
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(v.batch_date = c.batch_date, false)
  and coalesce(
    c.source <> all (
      array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
    ),
    false
  )
union all
select
  c.source,
  v.patient_id,
  c.treatment_id,
  c.visit_id,
  v.visit_date,
  c.diagnosis_no,
  c.drug,
  c.dose,
  c.dose_value,
  c.dose_unit,
  c.started_on,
  c.ended_on,
  c.record_status,
  c.batch_date
from (
  select distinct on (v.source, v.visit_id, v.patient_id)
    v.source,
    v.patient_id,
    v.visit_id,
    v.visit_date,
    s.patient_id as told_of,
    s.batch_date as told_on
  from clinical.latest_visits as v
  join (
    select
      source,
      visit_id,
      patient_id,
      batch_date,
      silent_on
    from store.visits
  ) as s
    on s.source = v.source
    and s.visit_id = v.visit_id
  left join clinical.delivered_tables as t
    on t.source = v.source
    and t.table_name = 'visits'
  where 'treatments' = any (v.silent_on)
    and v.record_status not in ('cancelled', 'entered_in_error')
    and coalesce('treatments' <> all (s.silent_on), true)
  order by
    v.source,
    v.visit_id,
    v.patient_id,
    case t.delivery
      when 'insert_only' then date '2000-01-01' - s.batch_date
      else s.batch_date - date '2000-01-01'
    end desc,
    s.patient_id = v.patient_id desc,
    s.patient_id
) as v
join store.treatments as c
  on c.source = v.source
  and c.visit_id = v.visit_id
  and c.patient_id = v.told_of
  and c.batch_date = v.told_on
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(
    c.source <> all (
      array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
    ),
    false
  )
  and (select count(*) from (select source from store.visits where 'treatments' = any (silent_on) limit 1) as silent) > 0
union all
select
  c.source,
  c.patient_id,
  c.treatment_id,
  c.visit_id,
  null,
  c.diagnosis_no,
  c.drug,
  c.dose,
  c.dose_value,
  c.dose_unit,
  c.started_on,
  c.ended_on,
  c.record_status,
  c.batch_date
from store.treatments as c
left join clinical.delivered_tables as t
  on t.source = c.source
  and t.table_name = 'treatments'
where c.visit_id is null
  and c.record_status not in ('cancelled', 'entered_in_error')
  and t.children is distinct from 'entity'
  and (t.delivery is distinct from 'full' or c.batch_date = t.newest_batch_date)
  and not exists (
    select
    from store.treatments as other
    where other.patient_id = c.patient_id
      and other.treatment_id = c.treatment_id
      and other.source = c.source
      and case t.delivery
        when 'insert_only' then other.batch_date < c.batch_date
        when 'full' then false
        else other.batch_date > c.batch_date
      end
  )
union all
select
  c.source,
  c.patient_id,
  c.treatment_id,
  c.visit_id,
  c.visit_date,
  c.diagnosis_no,
  c.drug,
  c.dose,
  c.dose_value,
  c.dose_unit,
  c.started_on,
  c.ended_on,
  c.record_status,
  c.batch_date
from (
  select distinct on (c.source, c.treatment_id, c.patient_id)
    c.source,
    coalesce(v.patient_id, c.patient_id) as patient_id,
    c.treatment_id,
    c.visit_id,
    v.visit_date,
    c.diagnosis_no,
    c.drug,
    c.dose,
    c.dose_value,
    c.dose_unit,
    c.started_on,
    c.ended_on,
    c.record_status,
    c.batch_date,
    v.record_status as visit_status
  from store.treatments as c
  left join clinical.delivered_tables as t
    on t.source = c.source
    and t.table_name = 'treatments'
  left join clinical.latest_visits as v
    on v.source = c.source
    and v.visit_id = c.visit_id
  where c.source = any (
      array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
    )
    and (t.delivery is distinct from 'full' or c.batch_date = t.newest_batch_date)
    and not exists (
      select
      -- A step for Citus, as in latest_visits.
      from (
        with versions as (
          select
            source,
            treatment_id,
            batch_date
          from store.treatments
          where source = any (
              array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
            )
        )
        select * from versions
      ) as other
      where other.source = c.source
        and other.treatment_id = c.treatment_id
        and case t.delivery
          when 'insert_only' then other.batch_date < c.batch_date
          when 'full' then false
          else other.batch_date > c.batch_date
        end
    )
  order by
    c.source,
    c.treatment_id,
    c.patient_id,
    v.record_status in ('cancelled', 'entered_in_error'),
    v.patient_id = c.patient_id desc,
    v.patient_id
) as c
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(c.visit_status not in ('cancelled', 'entered_in_error'), true)
  and (select count(*) from caseload.deliveries where table_name = 'treatments' and children = 'entity') > 0;
