-- $1 number of replaced versions of a batch to keep, $2 dead runs that are still `running` in the ledger. One row per
-- batch with leftovers; `held` if a session holds its lock and may still use them.
with dead as (
  select
    r.run_id,
    r.source,
    r.batch_date
  from caseload.runs as r
  where r.run_id = any ($2::uuid[])
    and r.status = 'running'
),
kept as (
  select
    r.run_id,
    row_number() over (partition by r.source, r.batch_date order by r.published_at desc, r.run_id) as age,
    not caseload.is_masked(r.code_hash)
      and exists (
        select
        from caseload.runs as published
        where published.source = r.source
          and published.batch_date = r.batch_date
          and published.status = 'published'
          and caseload.is_masked(published.code_hash)
      ) as outlived
  from caseload.runs as r
  where r.status = 'replaced'
    and exists (select from caseload.tables as t where t.run_id = r.run_id and t.state = 'kept')
),
leaves as (
  select
    t.run_id,
    count(t.leaf) filter (where t.state = 'staged') as staged,
    count(t.leaf) filter (where t.state = 'kept') as kept
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  where (t.state = 'staged' and (r.status <> 'running' or r.run_id in (select d.run_id from dead as d)))
    or (t.state = 'kept' and r.run_id in (select k.run_id from kept as k where k.age > $1 or k.outlived))
  group by t.run_id
),
rejects as (
  select
    q.run_id,
    count(*) as rejected
  from caseload.quarantine_rows as q
  join caseload.runs as r on r.run_id = q.run_id
  where r.status in ('failed', 'aborted', 'incomplete', 'planned', 'rolled_back')
    or r.run_id in (select d.run_id from dead as d)
    or (
      r.status = 'replaced'
      and r.run_id not in (select k.run_id from kept as k where k.age <= $1 and not k.outlived)
    )
    or (
      r.status = 'refused'
      and exists (
        select
        from caseload.runs as later
        where later.source = r.source
          and later.batch_date = r.batch_date
          and (
            later.status = 'published'
            or (
              later.status = 'refused'
              and caseload.is_masked(later.code_hash)
              and not caseload.is_masked(r.code_hash)
            )
          )
          and later.started_at > r.started_at
      )
    )
  group by q.run_id
),
batches as (
  select
    r.source,
    r.batch_date,
    count(d.run_id) as dead_runs,
    coalesce(sum(l.staged), 0)::integer as staged_leaves,
    coalesce(sum(l.kept), 0)::integer as kept_leaves,
    coalesce(sum(j.rejected), 0)::bigint as rejected_rows
  from caseload.runs as r
  left join dead as d on d.run_id = r.run_id
  left join leaves as l on l.run_id = r.run_id
  left join rejects as j on j.run_id = r.run_id
  where d.run_id is not null
    or l.run_id is not null
    or j.run_id is not null
  group by
    r.source,
    r.batch_date
)
select
  b.source,
  b.batch_date,
  b.dead_runs,
  b.staged_leaves,
  b.kept_leaves,
  b.rejected_rows,
  caseload.batch_is_locked(b.source, b.batch_date) as held
from batches as b
order by
  b.source,
  b.batch_date
