-- Grain: one row per source and visit: its newest version, whatever its record_status (the first version under delivery
-- `insert_only`; under `full` only what the newest published batch holds). Reads store.visits and
-- clinical.delivered_tables. What is true now is in current_visits, which reads this view.
-- A version is newest per (source, visit_id), not per patient, so that a visit moved to another patient shows once. One
-- batch that names a visit under two patients says that both are true, so both rows stay.
-- `not exists`, because a filter on patient_id reaches the outer scan: among 1.2 million versions one patient's visits
-- take 0.3 s (1.2 s with a window), all of them 1.0 s (1.3 s).
-- materialized: by visit
-- index: source, visit_date
create or replace view clinical.latest_visits as
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
  v.silent_on
from store.visits as v
left join clinical.delivered_tables as t
  on t.source = v.source
  and t.table_name = 'visits'
where (t.delivery is distinct from 'full' or v.batch_date = t.newest_batch_date)
  and not exists (
    select
    -- A step of its own, because Citus reads it first, where it cannot join within each shard: by another column than the patient. PostgreSQL
    -- plans it as if the table stood here.
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
    where other.source = v.source
      and other.visit_id = v.visit_id
      and case t.delivery
        when 'insert_only' then other.batch_date < v.batch_date
        when 'full' then false
        else other.batch_date > v.batch_date
      end
  );
