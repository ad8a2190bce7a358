-- Grain: one row per source and visit: its newest version, whatever its record_status (the first version under delivery
-- `insert_only`; under `full` only what the newest published batch holds). Reads store.visits and
-- clinical.delivered_tables. What is true now is in clinical.current_visits.
-- A version is newest per (source, visit_id), not per patient, so that a visit moved to another patient shows once. One
-- batch that names a visit under two patients says that both are true, so both rows stay: rank, not row_number.
-- A window and not a `not exists`: that one is a little faster alone, but the planner takes its result for one row, and a
-- join of three million rows to it was still running after ten minutes.
create or replace view clinical.latest_visits as
select
  source,
  patient_id,
  visit_id,
  visit_date,
  visit_type,
  admission_type,
  admitted_at,
  discharged_at,
  admitted_on,
  discharged_on,
  discharge_disposition,
  facility,
  service,
  reason,
  provider_notes_text,
  provider_notes_author,
  record_status,
  batch_date
from (
  select
    v.source,
    v.patient_id,
    v.visit_id,
    v.visit_date,
    v.visit_type,
    v.admission_type,
    v.admitted_at,
    v.discharged_at,
    v.admitted_on,
    v.discharged_on,
    v.discharge_disposition,
    v.facility,
    v.service,
    v.reason,
    v.provider_notes_text,
    v.provider_notes_author,
    v.record_status,
    v.batch_date,
    rank() over (
      partition by v.visit_id, v.source
      order by
        case t.delivery
          when 'insert_only' then date '2000-01-01' - v.batch_date
          else v.batch_date - date '2000-01-01'
        end desc
    ) as version
  from store.visits as v
  left join clinical.delivered_tables as t
    on t.source = v.source
    and t.table_name = 'visits'
  where t.delivery is distinct from 'full' or v.batch_date = t.newest_batch_date
) as versions
where version < 2;
