-- $1 a source, $2 days, $3 patients. One row: the visits that a batch of one of these days names or has named, and all visits of these
-- patients; who holds or held one of them; and on which days.
with touched as materialized (
  select
    h.id
  from caseload.mart_holders as h
  where h.source = $1
    and h.kind = 'visit'
    and h.batch_date = any ($2::date[])
  union
  select
    h.id
  from caseload.mart_holders as h
  where h.source = $1
    and h.kind = 'visit'
    and h.patient_id = any (array(select unnest($3::text[])))
),
held as materialized (
  select
    h.id,
    h.patient_id,
    h.batch_date
  from caseload.mart_holders as h
  where h.source = $1
    and h.kind = 'visit'
    and h.id = any (array(select t.id from touched as t))
)
select
  array_to_json(array(select t.id from touched as t order by t.id)) as visits,
  array_to_json(array(select distinct h.patient_id from held as h order by 1)) as patients,
  array_to_json(array(select distinct h.batch_date::text from held as h order by 1)) as days
