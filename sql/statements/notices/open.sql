-- One row per batch of whose trouble people were told, and not yet that it is over.
select distinct
  n.source,
  n.batch_date::text as date
from caseload.notices as n
where n.told <> 'recovered'
order by
  1,
  2
