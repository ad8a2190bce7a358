-- $1 source or null, $2 batch date or null, $3 the caller's name of the run or null, $4 at most so many. One row per run,
-- the newest first;
-- `pinned` is why its batch is pinned.
select
  r.run_id,
  r.source,
  r.batch_date,
  case
    when r.status = 'running' and not caseload.batch_is_locked(r.source, r.batch_date) then 'aborted'
    else r.status
  end as status,
  r.started_at,
  r.ended_at,
  t.rows,
  t.quarantined + (
    select
      coalesce(sum(f.quarantined), 0)::bigint
    from caseload.files as f
    where f.run_id = r.run_id
  ) as quarantined,
  t.dropped,
  r.attempts,
  r.publish_tries,
  r.stages,
  r.external_id,
  r.code_version,
  r.host,
  r.process_id,
  r.error_class,
  r.error_message,
  caseload.pin_reason(p.kind, p.reason, p.pinned_by, p.pinned_at) as pinned
from caseload.runs as r
left join caseload.pins as p on p.source = r.source and p.batch_date = r.batch_date
left join lateral (
  select
    sum(t.loaded) filter (where t.state <> 'dropped')::bigint as rows,
    sum(t.quarantined)::bigint as quarantined,
    sum((select coalesce(sum(d.values::bigint), 0) from json_each_text(t.dropped) as d (rule, values)))::bigint as dropped
  from caseload.tables as t
  where t.run_id = r.run_id
) as t on true
where ($1::text is null or r.source = $1)
  and ($2::date is null or r.batch_date = $2)
  and ($3::text is null or r.external_id = $3)
order by
  r.started_at desc,
  r.run_id
limit $4
