-- Grain: one row per source, patient, visit (if any) and procedure that is true now. Reads store.procedures,
-- clinical.current_visits, clinical.delivered_tables and caseload.code_systems, which says under what one name a code
-- system is shown (store keeps the delivered one).
-- The procedures of a visit come from the batch that holds its newest version, under the patient of that version. A
-- procedure without a visit follows the delivery mode of its own table by its own key; it is gone when another version
-- of it, with or without a visit, has taken its place. The join is explained in current_diagnoses.sql.
-- Not shown, though in store: a procedure whose visit is in no batch, or comes in another batch than the newest version of
-- its visit, a day late for example (the view orphans lists both); and those of an earlier batch once the visit is
-- delivered again without them, as where its optional file did not come (orphans does not list those: compare
-- store.procedures; docs/definitions.md has the query).
-- Where a source makes procedure_id of content or position, two different rows without a visit can have one id: the newer one
-- hides the other.
create or replace view clinical.current_procedures as
select
  c.source,
  c.patient_id,
  c.procedure_id,
  c.visit_id,
  coalesce(k.code_system, c.code_system) as code_system,
  c.procedure_code,
  c.procedure_description,
  c.performed_at,
  c.record_status,
  c.batch_date
from store.procedures as c
left join clinical.current_visits as v
  on v.source = c.source
  and v.patient_id = c.patient_id
  and v.visit_id = c.visit_id
left join caseload.code_systems as k
  on k.match = lower(translate(c.code_system, ' -_', ''))
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(v.batch_date = c.batch_date, false)
union all
select
  c.source,
  c.patient_id,
  c.procedure_id,
  c.visit_id,
  coalesce(k.code_system, c.code_system) as code_system,
  c.procedure_code,
  c.procedure_description,
  c.performed_at,
  c.record_status,
  c.batch_date
from store.procedures as c
left join clinical.delivered_tables as t
  on t.source = c.source
  and t.table_name = 'procedures'
left join caseload.code_systems as k
  on k.match = lower(translate(c.code_system, ' -_', ''))
where c.visit_id is null
  and c.record_status not in ('cancelled', 'entered_in_error')
  and (t.delivery is distinct from 'full' or c.batch_date = t.newest_batch_date)
  and not exists (
    select
    from store.procedures as other
    where other.patient_id = c.patient_id
      and other.procedure_id = c.procedure_id
      and other.source = c.source
      and case t.delivery
        when 'insert_only' then other.batch_date < c.batch_date
        when 'full' then false
        else other.batch_date > c.batch_date
      end
  );
