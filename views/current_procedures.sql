-- Grain: one row per source, patient, visit (if any) and procedure that is true now. Reads store.procedures, store.visits,
-- clinical.current_visits, clinical.latest_visits, clinical.delivered_tables, caseload.deliveries and caseload.code_systems,
-- which says under what one name a code system is shown (store keeps the delivered one).
-- How they belong to their visit is declared by the source, per table (children):
--   document: they come from the batch of the newest version of the visit that spoke of procedures (a batch whose optional file
--   did not come is silent), under the patient of the newest version.
--   entity: each is a row of its own: its newest version by procedure_id, whatever batch its visit came in, under the patient of the
--   visit's newest version, or its own patient where no batch has the visit. It is gone if that version of the visit, or its
--   own, is cancelled or entered in error.
-- Not shown, though in store, and listed in orphans: a procedure of a document whose batch has no version of its visit. What is
-- neither here nor there was replaced by something newer.
-- A procedure without a visit of a document source follows the delivery mode of its own table by its own key; it is gone when
-- another version of it, with or without a visit, has taken its place. Where its id is made of a position, two different rows
-- can have one id, and the newer one hides the other: make it of the content (docs/sources.md).
-- The branches are explained in current_diagnoses.sql.
-- materialized: by visit
-- index: procedure_code
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
  and coalesce(
    c.source <> all (
      array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
    ),
    false
  )
union all
select
  c.source,
  v.patient_id,
  c.procedure_id,
  c.visit_id,
  coalesce(k.code_system, c.code_system) as code_system,
  c.procedure_code,
  c.procedure_description,
  c.performed_at,
  c.record_status,
  c.batch_date
from (
  select distinct on (v.source, v.visit_id, v.patient_id)
    v.source,
    v.patient_id,
    v.visit_id,
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
  where 'procedures' = any (v.silent_on)
    and v.record_status not in ('cancelled', 'entered_in_error')
    and coalesce('procedures' <> all (s.silent_on), true)
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
join store.procedures as c
  on c.source = v.source
  and c.visit_id = v.visit_id
  and c.patient_id = v.told_of
  and c.batch_date = v.told_on
left join caseload.code_systems as k
  on k.match = lower(translate(c.code_system, ' -_', ''))
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(
    c.source <> all (
      array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
    ),
    false
  )
  and (select count(*) from (select source from store.visits where 'procedures' = any (silent_on) limit 1) as silent) > 0
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
  and t.children is distinct from 'entity'
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
  )
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
from (
  select distinct on (c.source, c.procedure_id, c.patient_id)
    c.source,
    coalesce(v.patient_id, c.patient_id) as patient_id,
    c.procedure_id,
    c.visit_id,
    c.code_system,
    c.procedure_code,
    c.procedure_description,
    c.performed_at,
    c.record_status,
    c.batch_date,
    v.record_status as visit_status
  from store.procedures as c
  left join clinical.delivered_tables as t
    on t.source = c.source
    and t.table_name = 'procedures'
  left join clinical.latest_visits as v
    on v.source = c.source
    and v.visit_id = c.visit_id
  where c.source = any (
      array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
    )
    and (t.delivery is distinct from 'full' or c.batch_date = t.newest_batch_date)
    and not exists (
      select
      -- A step for Citus, as in latest_visits.
      from (
        with versions as (
          select
            source,
            procedure_id,
            batch_date
          from store.procedures
          where source = any (
              array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
            )
        )
        select * from versions
      ) as other
      where other.source = c.source
        and other.procedure_id = c.procedure_id
        and case t.delivery
          when 'insert_only' then other.batch_date < c.batch_date
          when 'full' then false
          else other.batch_date > c.batch_date
        end
    )
  order by
    c.source,
    c.procedure_id,
    c.patient_id,
    v.record_status in ('cancelled', 'entered_in_error'),
    v.patient_id = c.patient_id desc,
    v.patient_id
) as c
left join caseload.code_systems as k
  on k.match = lower(translate(c.code_system, ' -_', ''))
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(c.visit_status not in ('cancelled', 'entered_in_error'), true)
  and (select count(*) from caseload.deliveries where table_name = 'procedures' and children = 'entity') > 0;
