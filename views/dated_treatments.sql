-- Grain: one row per source, patient, visit (if any) and treatment that is true now, with the date of its visit: what
-- current_treatments shows, for views that need the visit, too, and would otherwise find all current visits once more.
-- Reads store.treatments, clinical.current_visits and clinical.delivered_tables.
-- The treatments of a visit come from the batch that holds its newest version, under the patient of that version. A
-- treatment without a visit follows the delivery mode of its own table by its own key; it is gone when another version
-- of it, with or without a visit, has taken its place. The join is explained in current_diagnoses.sql.
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
  );
