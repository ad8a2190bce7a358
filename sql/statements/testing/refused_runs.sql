-- Grain: one row per batch whose newest run was refused: records of its files, and its rows in quarantine by
-- table; values that would have been dropped are no rows.
select
  r.source,
  r.batch_date::text as date,
  coalesce(f.files, '[]') as files,
  coalesce(q.tables, '{}') as tables
from (
  select distinct on (source, batch_date)
    run_id,
    source,
    batch_date,
    status
  from caseload.runs
  order by
    source,
    batch_date,
    started_at desc
) as r
left join lateral (
  select
    json_agg(json_build_object('records', files.records, 'quarantined', files.quarantined)) as files
  from caseload.files
  where files.run_id = r.run_id
) as f on true
left join lateral (
  select
    json_object_agg(by_table.table_name, by_table.rows) as tables
  from (
    select
      quarantine.table_name,
      count(*) as rows
    from caseload.quarantine
    where quarantine.run_id = r.run_id
      and not quarantine.dropped
    group by quarantine.table_name
  ) as by_table
) as q on true
where r.status = 'refused'
