-- Grain: one row per definition, source and month (its first day; the local month of the discharge). Reads
-- clinical.readmission_months, clinical.missing_batches and clinical.visit_ends.
-- observed_rate is readmissions / index_admissions as observed. It is NOT risk-standardised: hospitals, wards and
-- months differ in their patients, so it is no measure of quality between them. It is null in a month without an index
-- stay, as in the last month of a definition with a run-out.
-- missing_batches counts the days of the month, between the source's first and newest published batch, on which a
-- batch is expected and none is published: where it is not 0, stays and readmissions may be missing from this month,
-- and readmissions from the one before. A month of which every batch is missing has a row.
-- materialized: whole
create or replace view clinical.readmission_summary as
select
  coalesce(r.definition, m.definition) as definition,
  coalesce(r.source, m.source) as source,
  coalesce(r.month, m.month) as month,
  coalesce(r.index_admissions, 0) as index_admissions,
  coalesce(r.readmissions, 0) as readmissions,
  round(r.readmissions::numeric / nullif(r.index_admissions, 0), 4) as observed_rate,
  coalesce(m.missing_batches, 0) as missing_batches
from clinical.readmission_months as r
full join (
  select
    d.definition,
    b.source,
    date_trunc('month', b.batch_date::timestamp)::date as month,
    count(*) as missing_batches
  from clinical.missing_batches as b
  join caseload.readmission_definitions as d
    on exists (
      select
      -- A step for Citus, as in latest_visits; distinct, because it sends the rows to every machine.
      from (
        with delivered as (
          select distinct
            source,
            visit_type
          from clinical.visit_ends
          -- All visits are read for it in a live view, and few sources miss batches.
          where source = any (array(select source from clinical.missing_batches))
        )
        select * from delivered
      ) as v
      where v.source = b.source
        and v.visit_type = any (d.visit_types)
    )
  group by 1, 2, 3
) as m
  on m.definition = r.definition
  and m.source = r.source
  and m.month = r.month;
