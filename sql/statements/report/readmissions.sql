-- One row per source, month and definition of the sources in $1 (null: all), of the months from that of $2 to that of $3.
select
  s.source,
  s.definition,
  to_char(s.month, 'YYYY-MM') as month,
  s.index_admissions as stays,
  s.readmissions
from clinical.readmission_summary as s
where ($1::text[] is null or s.source = any ($1::text[]))
  and s.month between date_trunc('month', $2::date::timestamp)::date and $3::date
  and s.index_admissions > 0
order by
  s.source,
  s.month,
  s.definition
