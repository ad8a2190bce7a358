-- One row per source, table, rule and week (its Monday) of the published batches of the sources in $1 (null: all) on the days
-- from $2 to $3: how many rows the rule put into quarantine, how many values it dropped, and how many it only warned of.
select
  r.source,
  t.table_name,
  c.what,
  c.rule,
  date_trunc('week', r.batch_date::timestamp)::date as week,
  sum(c.rows::bigint)::bigint as count
from caseload.runs as r
join caseload.tables as t on t.run_id = r.run_id
cross join lateral (
  select
    'quarantined' as what,
    q.key as rule,
    q.value as rows
  from json_each_text(t.quarantined_by) as q
  union all
  select
    'dropped',
    d.key,
    d.value
  from json_each_text(t.dropped) as d
  union all
  select
    'warned',
    w.key,
    w.value
  from json_each_text(t.warned) as w
) as c
where r.status = 'published'
  and ($1::text[] is null or r.source = any ($1::text[]))
  and r.batch_date between $2::date and $3::date
group by
  r.source,
  t.table_name,
  c.what,
  c.rule,
  week
order by
  r.source,
  t.table_name,
  c.what,
  c.rule,
  week
