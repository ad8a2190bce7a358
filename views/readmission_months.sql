-- Grain: one row per definition, source and month (its first day; the local month of the discharge) with a discharge: how many
-- of its stays are index stays, and after how many of those the patient was readmitted. Reads clinical.readmissions.
-- materialized: by source and month of discharged_on
create or replace view clinical.readmission_months as
select
  definition,
  source,
  date_trunc('month', discharged_on::timestamp)::date as month,
  count(*) filter (where is_index) as index_admissions,
  count(*) filter (where is_readmitted) as readmissions
from clinical.readmissions
group by 1, 2, 3;
