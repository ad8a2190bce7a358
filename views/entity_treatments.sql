-- Grain: one row per source and treatment that is true now, of the sources that declare treatments as entities (children). Reads
-- store.treatments, store.visits, clinical.delivered_tables and caseload.deliveries. It is a step of dated_treatments, which says what counts.
-- Two branches, so that a filter on patient_id reaches a scan in each: of the treatments in the first, of the visits in the second.
-- The first: under their own patient, where that patient holds the newest version of the visit, or no batch has the visit.
-- The second: under the patient of the visit's newest version, where that is another one. Where one batch names the visit under several
-- patients, the own one counts, else the first by name that is not cancelled.
-- One view for all three tables would make each question read the other two.
create or replace view clinical.entity_treatments as
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
left join clinical.delivered_tables as t
  on t.source = c.source
  and t.table_name = 'treatments'
left join clinical.delivered_tables as d
  on d.source = c.source
  and d.table_name = 'visits'
left join store.visits as v
  on v.source = c.source
  and v.patient_id = c.patient_id
  and v.visit_id = c.visit_id
  and (d.delivery is distinct from 'full' or v.batch_date = d.newest_batch_date)
where c.source = any (
    array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
  )
  and (t.delivery is distinct from 'full' or c.batch_date = t.newest_batch_date)
  and not exists (
    select
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
  and not exists (
    select
    from (
      with versions as (
        select
          source,
          visit_id,
          batch_date
        from store.visits
      )
      select * from versions
    ) as other
    where other.source = c.source
      and other.visit_id = c.visit_id
      and case d.delivery
        when 'insert_only' then v.batch_date is null or other.batch_date < v.batch_date
        when 'full' then v.batch_date is null and other.batch_date = d.newest_batch_date
        else v.batch_date is null or other.batch_date > v.batch_date
      end
  )
  and c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(v.record_status not in ('cancelled', 'entered_in_error'), true)
  and (select count(*) from caseload.deliveries where table_name = 'treatments' and children = 'entity') > 0
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
from store.visits as v
left join clinical.delivered_tables as d
  on d.source = v.source
  and d.table_name = 'visits'
join store.treatments as c
  on c.source = v.source
  and c.visit_id = v.visit_id
  and c.patient_id <> v.patient_id
left join clinical.delivered_tables as t
  on t.source = c.source
  and t.table_name = 'treatments'
where c.source = any (
    array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
  )
  and v.record_status not in ('cancelled', 'entered_in_error')
  and c.record_status not in ('cancelled', 'entered_in_error')
  and (t.delivery is distinct from 'full' or c.batch_date = t.newest_batch_date)
  and not exists (
    select
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
  and (d.delivery is distinct from 'full' or v.batch_date = d.newest_batch_date)
  and not exists (
    select
    from (
      with versions as (
        select
          source,
          patient_id,
          visit_id,
          record_status,
          batch_date
        from store.visits
      )
      select * from versions
    ) as other
    where other.source = v.source
      and other.visit_id = v.visit_id
      and case
        when other.batch_date = v.batch_date
          then other.record_status not in ('cancelled', 'entered_in_error')
            and (other.patient_id = c.patient_id or other.patient_id < v.patient_id)
        when d.delivery = 'insert_only' then other.batch_date < v.batch_date
        when d.delivery = 'full' then false
        else other.batch_date > v.batch_date
      end
  )
  and (select count(*) from caseload.deliveries where table_name = 'treatments' and children = 'entity') > 0;
