-- $1 source or null, $2 batch date or null, $3 run or null, $4 table or null, $5 rule or null, $6 maximum number of
-- rows. One row per row in quarantine and per dropped value, without the content of the row: the newest run first, and in
-- it the causes before the rows that only went with their parent.
-- Without a run: those of published batches, and those of refused runs unless a later run was published or refused.
with runs as (
  select
    r.run_id
  from caseload.runs as r
  where ($1::text is null or r.source = $1)
    and ($2::date is null or r.batch_date = $2)
    and case
      when $3::uuid is not null then r.run_id = $3
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
)
select
  q.quarantine_id as id,
  q.run_id,
  q.source,
  q.batch_date,
  q.table_name,
  q.file,
  q.record_no,
  q.column_name,
  q.rule,
  q.reason,
  q.state,
  q.dropped
from runs as r
join caseload.quarantine as q on q.run_id = r.run_id
where ($4::text is null or q.table_name = $4)
  and ($5::text is null or q.rule = $5)
order by
  q.run_started_at desc,
  q.run_id,
  q.column_name is null and q.rule = 'parent',
  q.table_name,
  q.file,
  q.record_no,
  q.quarantine_id
limit $6
