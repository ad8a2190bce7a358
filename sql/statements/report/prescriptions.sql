-- One row per drug that at least 11 patients of a source in $1 (null: all) take, at most 12 of each source: a name that fewer
-- have may be no drug at all.
select
  d.source,
  d.drug,
  d.patients,
  d.prescriptions
from (
  select
    m.source,
    m.drug,
    count(*) as patients,
    sum(m.prescriptions)::bigint as prescriptions,
    row_number() over (
      partition by m.source
      order by
        count(*) desc,
        m.drug
    ) as nth
  from clinical.medicine_per_patient as m
  where $1::text[] is null or m.source = any ($1::text[])
  group by
    m.source,
    m.drug
  having count(*) >= 11
) as d
where d.nth <= 12
order by
  d.source,
  d.nth
