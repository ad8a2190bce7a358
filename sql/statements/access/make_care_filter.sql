-- Makes the view, for this session alone, that has a row where row rights give its reader any patient.
create view pg_temp.caseload_filter as
select
  'all' as gives
where (select caseload.care_sees_all())
union all
select
  'source'
from caseload.care_sources()
union all
select
  'patient'
from caseload.care_patients()
