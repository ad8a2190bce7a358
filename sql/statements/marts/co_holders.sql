-- $1 a source, $2 patients. These patients, and who has ever held one of their ids, one row each.
select
  p.patient_id
from unnest($2::text[]) as p (patient_id)
union
select
  other.patient_id
from caseload_marts.holders as mine
join caseload_marts.holders as other
  on other.source = mine.source
  and other.kind = mine.kind
  and other.id = mine.id
where mine.source = $1
  and mine.patient_id = any ($2)
