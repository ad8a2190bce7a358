-- Grain: one row per source, visit and diagnosis that is true now. Reads store.diagnoses, store.visits,
-- clinical.current_visits, clinical.latest_visits, clinical.delivered_tables, caseload.deliveries and caseload.code_systems,
-- which says under what one name a code system is shown (store keeps the delivered one).
-- How they belong to their visit is declared by the source, per table (children):
--   document: they come from the batch of the newest version of the visit that spoke of diagnoses (a batch whose optional file
--   did not come is silent), under the patient of the newest version: diagnosis_no is a
--   position, and positions of two versions must never mix.
--   entity: each is a row of its own: its newest version by diagnosis_id, whatever batch its visit came in, under the patient of the
--   visit's newest version, or its own patient where no batch has the visit. It is gone if that version of the visit, or its
--   own, is cancelled or entered in error.
-- Not shown, though in store, and listed in orphans: a diagnosis of a document whose batch has no version of its visit. What is
-- neither here nor there was replaced by something newer.
-- The first branch: an outer join, and coalesce keeps it one: the planner multiplies the equalities of an inner join into an
-- estimate of one row, and the loop over that one row then read every partition for each row that there was. It never takes an
-- outer join for fewer rows than its left side has, and so it hashes the visits once, by all three columns.
-- The second: visits whose newest batch is silent, with the newest version that spoke. Where there is none, it reads no child.
-- The last: entities. Both are gated by a count that is known before the first row, so that they cost next to nothing where
-- no batch is silent and no source has entities (60 days, all prescriptions: 0.97 of the time without them; 1.4 ungated).
-- coalesce again: of `<> all` the planner expects one row a partition, because in a partition all sources are one.
-- materialized: by visit
-- index: diagnosis_code
create or replace view clinical.current_diagnoses as
select
  c.source,
  c.patient_id,
  c.visit_id,
  c.diagnosis_no,
  coalesce(k.code_system, c.code_system) as code_system,
  c.diagnosis_code,
  c.diagnosis_description,
  c.record_status,
  c.batch_date,
  c.diagnosis_id
from store.diagnoses as c
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
      array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
    ),
    false
  )
union all
select
  c.source,
  v.patient_id,
  c.visit_id,
  c.diagnosis_no,
  coalesce(k.code_system, c.code_system) as code_system,
  c.diagnosis_code,
  c.diagnosis_description,
  c.record_status,
  c.batch_date,
  c.diagnosis_id
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
  where 'diagnoses' = any (v.silent_on)
    and v.record_status not in ('cancelled', 'entered_in_error')
    and coalesce('diagnoses' <> all (s.silent_on), true)
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
join store.diagnoses as c
  on c.source = v.source
  and c.visit_id = v.visit_id
  and c.patient_id = v.told_of
  and c.batch_date = v.told_on
left join caseload.code_systems as k
  on k.match = lower(translate(c.code_system, ' -_', ''))
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(
    c.source <> all (
      array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
    ),
    false
  )
  and (select count(*) from (select source from store.visits where 'diagnoses' = any (silent_on) limit 1) as silent) > 0
union all
select
  c.source,
  c.patient_id,
  c.visit_id,
  c.diagnosis_no,
  coalesce(k.code_system, c.code_system) as code_system,
  c.diagnosis_code,
  c.diagnosis_description,
  c.record_status,
  c.batch_date,
  c.diagnosis_id
from (
  select distinct on (c.source, c.diagnosis_id, c.patient_id)
    c.source,
    coalesce(v.patient_id, c.patient_id) as patient_id,
    c.visit_id,
    c.diagnosis_no,
    c.code_system,
    c.diagnosis_code,
    c.diagnosis_description,
    c.record_status,
    c.batch_date,
    c.diagnosis_id,
    v.record_status as visit_status
  from store.diagnoses as c
  left join clinical.delivered_tables as t
    on t.source = c.source
    and t.table_name = 'diagnoses'
  left join clinical.latest_visits as v
    on v.source = c.source
    and v.visit_id = c.visit_id
  where c.source = any (
      array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
    )
    and (t.delivery is distinct from 'full' or c.batch_date = t.newest_batch_date)
    and not exists (
      select
      -- A step for Citus, as in latest_visits.
      from (
        with versions as (
          select
            source,
            diagnosis_id,
            batch_date
          from store.diagnoses
          where source = any (
              array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
            )
        )
        select * from versions
      ) as other
      where other.source = c.source
        and other.diagnosis_id = c.diagnosis_id
        and case t.delivery
          when 'insert_only' then other.batch_date < c.batch_date
          when 'full' then false
          else other.batch_date > c.batch_date
        end
    )
  order by
    c.source,
    c.diagnosis_id,
    c.patient_id,
    v.record_status in ('cancelled', 'entered_in_error'),
    v.patient_id = c.patient_id desc,
    v.patient_id
) as c
left join caseload.code_systems as k
  on k.match = lower(translate(c.code_system, ' -_', ''))
where c.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(c.visit_status not in ('cancelled', 'entered_in_error'), true)
  and (select count(*) from caseload.deliveries where table_name = 'diagnoses' and children = 'entity') > 0;
