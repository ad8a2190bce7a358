-- One row per batch that ever ran or is dismissed, of the sources in $1 (null: all) from $2 to $3 (null: open): how its
-- newest run ended (null: none), its published version and the inputs of that version. A run that is `running` while no session holds the
-- batch's lock is dead. Runs that only compare do not count. A batch without a file has no tables, and is published all
-- the same.
with newest as (
  select distinct on (r.source, r.batch_date)
    r.source,
    r.batch_date,
    r.run_id,
    case
      when r.status = 'running' and not caseload.batch_is_locked(r.source, r.batch_date) then 'aborted'
      else r.status
    end as status,
    r.error_class,
    r.error_message
  from caseload.runs as r
  where r.status <> 'planned'
    and not r.compares
    and ($1::text[] is null or r.source = any ($1::text[]))
    and ($2::date is null or r.batch_date >= $2::date)
    and ($3::date is null or r.batch_date <= $3::date)
  order by
    r.source,
    r.batch_date,
    r.started_at desc,
    r.run_id
),
pinned as (
  select
    p.source,
    p.batch_date,
    p.kind,
    p.pinned_at,
    caseload.pin_reason(p.kind, p.reason, p.pinned_by, p.pinned_at) as reason
  from caseload.pins as p
  where ($1::text[] is null or p.source = any ($1::text[]))
    and ($2::date is null or p.batch_date >= $2::date)
    and ($3::date is null or p.batch_date <= $3::date)
),
published as (
  select
    r.source,
    r.batch_date,
    r.run_id,
    r.published_at,
    coalesce(sum(t.loaded), 0)::bigint as rows,
    coalesce(sum(t.quarantined), 0)::bigint + (
      select
        coalesce(sum(f.quarantined), 0)::bigint
      from caseload.files as f
      where f.run_id = r.run_id
    ) as quarantined,
    coalesce(
      sum((select sum(d.values::bigint) from json_each_text(t.dropped) as d (rule, values))),
      0
    )::bigint as dropped
  from caseload.runs as r
  left join caseload.tables as t on t.run_id = r.run_id and t.state = 'published'
  where r.status = 'published'
  group by r.run_id
),
read_files as (
  select
    f.run_id,
    json_agg(
      json_build_object('path', f.path, 'bytes', f.bytes, 'sha256', f.sha256, 'etag', f.object_etag)
      order by f.path
    ) as files
  from caseload.files as f
  where f.run_id in (select p.run_id from published as p)
  group by f.run_id
)
select
  coalesce(n.source, pin.source) as source,
  coalesce(n.batch_date, pin.batch_date) as batch_date,
  n.status as last_run,
  n.error_class as last_error,
  n.error_message as last_message,
  p.run_id as published_run,
  p.published_at,
  p.rows,
  p.quarantined,
  p.dropped,
  pin.reason as pinned,
  pin.kind as pin_kind,
  extract(epoch from pin.pinned_at)::float8 * 1000 as pinned_at,
  extract(epoch from r.started_at)::float8 * 1000 as started_at,
  r.code_hash,
  r.zone,
  r.contract_hash,
  r.engine_semantics,
  r.rules,
  coalesce(f.files, '[]'::json) as files
from newest as n
full join pinned as pin on pin.source = n.source and pin.batch_date = n.batch_date
left join published as p on p.source = n.source and p.batch_date = n.batch_date
left join caseload.runs as r on r.run_id = p.run_id
left join read_files as f on f.run_id = p.run_id
order by
  1,
  2
