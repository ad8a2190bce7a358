-- One row per source and incident, with the language in which to talk about it.
create or replace view clinical.incident_list as
select
  i.source,
  i.patient_id,
  i.incident_id,
  i.kind,
  p.preferred_language
from store.incidents as i
join store.patients as p
  on p.source = i.source
  and p.batch_date = i.batch_date
  and p.patient_id = i.patient_id
join clinical.current_patients as c
  on c.source = i.source
  and c.patient_id = i.patient_id;
