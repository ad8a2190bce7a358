-- $1 a source, $2 patients. Those of whom a batch has, or had, a procedure or treatment without a visit, one row each.
select distinct
  h.patient_id
from caseload.mart_holders as h
where h.source = $1
  and h.kind = 'alone'
  and h.id = any (array(select unnest($2::text[])))
