-- One row per value of a source, or of the installation, that rows of many patients depend on. A refresh compares them with
-- those of the last one:
--   zone, reading, aggregates: the source is recomputed (how a table is delivered and read, whether batches have aggregates).
--   full: the run whose list is all there is of a table; the patients of the old list and of the new one are recomputed.
--   newest: the newest day; stays that enter or leave the run-out of a definition, and who is in intensive care, are recomputed.
--   codes, definitions: everything, or everything by person, is recomputed.
select
  'zone' as input,
  s.source,
  '' as name,
  s.zone as value
from caseload.sources as s
union all
select
  'reading',
  d.source,
  d.table_name,
  d.delivery || ' ' || d.children
from clinical.delivered_tables as d
union all
select
  'full',
  d.source,
  d.table_name,
  p.run_id::text
from clinical.delivered_tables as d
join caseload.published as p
  on p.source = d.source
  and p.table_name = d.table_name
  and p.batch_date = d.newest_batch_date
where d.delivery = 'full'
union all
select
  'newest',
  f.source,
  '',
  f.newest_batch_date::text
from clinical.source_freshness as f
where f.newest_batch_date is not null
union all
select
  'aggregates',
  m.source,
  '',
  bool_and(
    exists (
      select
      from caseload.published as a
      where a.run_id = m.run_id
        and a.table_name = 'measurements_hourly'
    )
  )::text
from caseload.published as m
where m.table_name = 'measurements'
group by m.source
union all
select
  'codes',
  '',
  '',
  coalesce(md5(string_agg(k::text, '|' order by k::text)), '')
from caseload.code_systems as k
union all
select
  'definitions',
  '',
  '',
  coalesce(md5(string_agg(d::text, '|' order by d::text)), '')
from caseload.readmission_definitions as d
