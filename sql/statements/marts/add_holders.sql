-- $1 a source, $2 its published days (null for all), $3 its tables whose rows are entities. Adds who holds which id.
insert into caseload_marts.holders (
  source,
  kind,
  id,
  patient_id
)
select distinct
  $1,
  held.kind,
  held.id,
  held.patient_id
from (
  select
    'visit' as kind,
    v.visit_id as id,
    v.patient_id
  from store.visits as v
  where v.source = $1
    and ($2::date[] is null or v.batch_date = any ($2))
  union all
  select
    'visit',
    d.visit_id,
    d.patient_id
  from store.diagnoses as d
  where d.source = $1
    and ($2::date[] is null or d.batch_date = any ($2))
    and 'diagnoses' = any ($3::text[])
  union all
  select
    'diagnoses',
    d.diagnosis_id,
    d.patient_id
  from store.diagnoses as d
  where d.source = $1
    and ($2::date[] is null or d.batch_date = any ($2))
    and 'diagnoses' = any ($3::text[])
  union all
  select
    'visit',
    t.visit_id,
    t.patient_id
  from store.treatments as t
  where t.source = $1
    and ($2::date[] is null or t.batch_date = any ($2))
    and 'treatments' = any ($3::text[])
  union all
  select
    'treatments',
    t.treatment_id,
    t.patient_id
  from store.treatments as t
  where t.source = $1
    and ($2::date[] is null or t.batch_date = any ($2))
    and 'treatments' = any ($3::text[])
  union all
  select
    'visit',
    p.visit_id,
    p.patient_id
  from store.procedures as p
  where p.source = $1
    and ($2::date[] is null or p.batch_date = any ($2))
    and 'procedures' = any ($3::text[])
  union all
  select
    'procedures',
    p.procedure_id,
    p.patient_id
  from store.procedures as p
  where p.source = $1
    and ($2::date[] is null or p.batch_date = any ($2))
    and 'procedures' = any ($3::text[])
) as held
where held.id is not null
on conflict do nothing
