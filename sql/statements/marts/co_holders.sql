-- $1 a source, $2 patients. These patients, and who has ever held one of their ids, one row each. Ids of two kinds that are equal
-- count as one: too many patients are no harm. By an array, because a join of the two reads the whole table where loops are off.
with mine as materialized (
  select distinct
    h.id
  from caseload.mart_holders as h
  where h.source = $1
    and h.patient_id = any (array(select unnest($2::text[])))
    and h.kind <> 'alone'
)
select
  p.patient_id
from unnest($2::text[]) as p (patient_id)
union
select
  other.patient_id
from caseload.mart_holders as other
where other.source = $1
  and other.kind = any (array['visit', 'diagnoses', 'treatments', 'procedures'])
  and other.id = any (array(select m.id from mine as m))
