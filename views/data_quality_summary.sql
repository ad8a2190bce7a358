-- Grain: one row per source, batch_date and table: how much of a delivery was loaded, and how many quality checks do not
-- hold. Reads caseload.runs, caseload.tables and caseload.checks. The counts are those of run_id: the run that is
-- published, or, where is_published is false, the newest one that ended after it had staged its tables. A batch of which
-- no run came so far has no row here.
-- values_dropped counts values of loaded rows that broke a rule and are null in the table; quarantine holds them.
-- share_quarantined is of all rows that the source's SELECT gave (null where it gave none); removed rows are duplicates
-- and others that a named rule took away. Of the checks, the last time they were made counts. newest_run_status is how the newest run
-- of the batch ended, which may have been refused while an older one is still published.
create or replace view clinical.data_quality_summary as
select
  b.source,
  b.batch_date,
  t.table_name,
  b.run_id,
  b.is_published,
  b.newest_run_status,
  t.candidates as rows_delivered,
  t.loaded as rows_loaded,
  t.quarantined as rows_quarantined,
  coalesce(gone.rows_removed, 0) as rows_removed,
  round(t.quarantined::numeric / nullif(t.candidates, 0), 4) as share_quarantined,
  coalesce(c.checks_made, 0) as checks_made,
  coalesce(c.checks_warned, 0) as checks_warned,
  coalesce(c.checks_failed, 0) as checks_failed,
  c.checked_at,
  coalesce(lost.values_dropped, 0) as values_dropped
from (
  select distinct on (r.source, r.batch_date)
    r.source,
    r.batch_date,
    r.run_id,
    r.status = 'published' as is_published,
    newest.status as newest_run_status
  from caseload.runs as r
  join (
    select distinct on (source, batch_date)
      source,
      batch_date,
      status
    from caseload.runs
    where status <> 'planned'
      and not compares
    order by source, batch_date, started_at desc, run_id
  ) as newest
    on newest.source = r.source
    and newest.batch_date = r.batch_date
  where r.status not in ('running', 'planned')
    and not r.compares
    and exists (select from caseload.tables as staged where staged.run_id = r.run_id)
  order by r.source, r.batch_date, r.status = 'published' desc, r.started_at desc, r.run_id
) as b
join caseload.tables as t
  on t.run_id = b.run_id
left join lateral (
  select sum(rule.rows::bigint)::bigint as rows_removed
  from json_each_text(t.removed) as rule (name, rows)
) as gone
  on true
left join lateral (
  select sum(rule.values::bigint)::bigint as values_dropped
  from json_each_text(t.dropped) as rule (name, values)
) as lost
  on true
left join (
  select
    run_id,
    table_name,
    count(*) as checks_made,
    count(*) filter (where outcome = 'warn') as checks_warned,
    count(*) filter (where outcome = 'fail') as checks_failed,
    max(checked_at) as checked_at
  from (
    select
      run_id,
      table_name,
      outcome,
      checked_at,
      rank() over (partition by run_id order by checked_at desc) as age
    from caseload.checks
  ) as made
  where age = 1
  group by run_id, table_name
) as c
  on c.run_id = t.run_id
  and c.table_name = t.table_name;
