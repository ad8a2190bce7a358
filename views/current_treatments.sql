-- Grain: one row per source, patient, visit (if any) and treatment that is true now. Reads store.treatments,
-- clinical.current_visits and clinical.delivered_tables.
-- The treatments of a visit come from the batch that holds its newest version, under the patient of that version. A
-- treatment without a visit follows the delivery mode of its own table by its own key; it is gone when another version
-- of it, with or without a visit, has taken its place. The coalesce is explained in current_diagnoses.sql.
-- Not shown, though in store: a treatment whose visit is in no batch, or comes in another batch than the newest version of
-- its visit, a day late for example (the view orphans lists both); and those of an earlier batch once the visit is
-- delivered again without them, as where its optional file did not come (orphans does not list those: compare
-- store.treatments; docs/definitions.md has the query).
-- Where a source makes treatment_id of content or position, two different rows without a visit can have one id: the newer one
-- hides the other.
create or replace view clinical.current_treatments as
select
  c.source,
  c.patient_id,
  c.treatment_id,
  c.visit_id,
  c.diagnosis_no,
  c.drug,
  c.dose,
  c.dose_value,
  c.dose_unit,
  c.started_on,
  c.ended_on,
  c.record_status,
  c.batch_date
from clinical.current_visits as v
join store.treatments as c
  on c.source = v.source
  and c.patient_id = v.patient_id
  and coalesce(c.visit_id = v.visit_id and c.batch_date = v.batch_date, false)
where c.record_status not in ('cancelled', 'entered_in_error')
union all
select
  c.source,
  c.patient_id,
  c.treatment_id,
  c.visit_id,
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
