-- $1 source or null, $2 batch date or null. One row per source, batch, table, rule and state: rows in quarantine; and one
-- per column besides: values dropped of loaded rows (column_name is null where whole rows are not loaded). With them
-- their share of the table's candidates (of the records of an input's files, where a whole record was quarantined; null
-- where a refused run ended before it had counted them). Published batches, and refused runs unless a later run had its
-- own verdict. Rows that only went with their parent stand behind the causes of their batch.
with runs as (
  select
    r.run_id
  from caseload.runs as r
  where ($1::text is null or r.source = $1)
    and ($2::date is null or r.batch_date = $2)
    and case
      when r.status = 'refused' then not exists (
        select
        from caseload.runs as later
        where later.source = r.source
          and later.batch_date = r.batch_date
          and later.started_at > r.started_at
          and later.status in ('published', 'replaced', 'refused')
      )
      else r.status = 'published'
    end
),
counts as (
  select
    q.source,
    q.batch_date,
    q.table_name,
    case
      when q.dropped then q.column_name
    end as column_name,
    q.rule,
    q.state,
    q.run_id,
    count(*) as rows
  from runs as r
  join caseload.quarantine as q on q.run_id = r.run_id
  group by
    q.source,
    q.batch_date,
    q.table_name,
    case
      when q.dropped then q.column_name
    end,
    q.rule,
    q.state,
    q.run_id
)
select
  c.source,
  c.batch_date,
  c.table_name,
  c.column_name,
  c.rule,
  c.state,
  c.rows,
  coalesce(t.candidates, f.records) as candidates,
  round(c.rows::numeric / nullif(coalesce(t.candidates, f.records), 0), 6)::float8 as share
from counts as c
left join caseload.tables as t
  on t.run_id = c.run_id
  and t.table_name = c.table_name
left join lateral (
  select
    sum(f.records)::bigint as records
  from caseload.files as f
  where f.run_id = c.run_id
    and f.input = regexp_replace(c.table_name, ' \(input\)$', '')
) as f on true
order by
  c.source,
  c.batch_date,
  c.state,
  c.column_name is null and c.rule = 'parent',
  c.table_name,
  c.rule,
  c.column_name nulls first
