-- $1 a source, $2 ids of patients. One row: how many of the ids no published batch of the source has.
select
  count(*)::integer as unknown
from (
  select unnest($2::text[])
  except
  select
    p.patient_id
  from store.patients as p
  where p.source = $1
    and p.patient_id = any ($2::text[])
) as absent
