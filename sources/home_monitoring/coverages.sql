-- One row per insurance of a patient, numbered from 1, and number 0 for the payer of what no insurance pays.
with patient_roles as (
  select
    r.user_id
  from roles as r
  join role_definitions as d on d.role_id = r.role_id
  where lower(trim(d.category)) = 'patient'
),
payers as (
  select
    file_no,
    record_no,
    id,
    0 as coverage_no,
    billing.payer as payer,
    billing.account as member_id,
    'billing' as plan
  from users
  where billing is not null
  union all
  select
    file_no,
    record_no,
    id,
    coverage_no,
    coverage.payer as payer,
    coverage.member_id as member_id,
    coverage.plan as plan
  from (
    select
      file_no,
      record_no,
      id,
      unnest(insurance) as coverage,
      generate_subscripts(insurance, 1) as coverage_no
    from users
  )
)
select
  file_no,
  record_no,
  id as patient_id,
  coverage_no::varchar as coverage_no,
  payer,
  member_id,
  plan
from payers
where id in (select user_id from patient_roles)
