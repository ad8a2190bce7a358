-- $1 a source, $2 its published days (null for all), $3 its tables whose rows are entities. Adds who holds which id on which day,
-- and who has a procedure or treatment without a visit.
insert into caseload.mart_holders (
  source,
  kind,
  id,
  patient_id,
  batch_date
)
select distinct
  $1,
  held.kind,
  held.id,
  held.patient_id,
  held.batch_date
from (
  select
    'visit' as kind,
    v.visit_id as id,
    v.patient_id,
    v.batch_date
  from store.visits as v
  where v.source = $1
    and ($2::date[] is null or v.batch_date = any ($2))
  union all
  select
    'visit',
    d.visit_id,
    d.patient_id,
    d.batch_date
  from store.diagnoses as d
  where d.source = $1
    and ($2::date[] is null or d.batch_date = any ($2))
    and 'diagnoses' = any ($3::text[])
  union all
  select
    'diagnoses',
    d.diagnosis_id,
    d.patient_id,
    d.batch_date
  from store.diagnoses as d
  where d.source = $1
    and ($2::date[] is null or d.batch_date = any ($2))
    and 'diagnoses' = any ($3::text[])
  union all
  select
    'visit',
    t.visit_id,
    t.patient_id,
    t.batch_date
  from store.treatments as t
  where t.source = $1
    and ($2::date[] is null or t.batch_date = any ($2))
    and 'treatments' = any ($3::text[])
  union all
  select
    'treatments',
    t.treatment_id,
    t.patient_id,
    t.batch_date
  from store.treatments as t
  where t.source = $1
    and ($2::date[] is null or t.batch_date = any ($2))
    and 'treatments' = any ($3::text[])
  union all
  select
    'visit',
    p.visit_id,
    p.patient_id,
    p.batch_date
  from store.procedures as p
  where p.source = $1
    and ($2::date[] is null or p.batch_date = any ($2))
    and 'procedures' = any ($3::text[])
  union all
  select
    'procedures',
    p.procedure_id,
    p.patient_id,
    p.batch_date
  from store.procedures as p
  where p.source = $1
    and ($2::date[] is null or p.batch_date = any ($2))
    and 'procedures' = any ($3::text[])
  union all
  select
    'alone',
    t.patient_id,
    t.patient_id,
    t.batch_date
  from store.treatments as t
  where t.source = $1
    and ($2::date[] is null or t.batch_date = any ($2))
    and t.visit_id is null
  union all
  select
    'alone',
    p.patient_id,
    p.patient_id,
    p.batch_date
  from store.procedures as p
  where p.source = $1
    and ($2::date[] is null or p.batch_date = any ($2))
    and p.visit_id is null
) as held
-- A diagnosis without a visit has an empty visit_id: those who have one share no visit.
where held.id <> ''
on conflict do nothing
