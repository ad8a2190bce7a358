-- One row per run of the sources in $1 (null: all) on the days from $2 to $3, oldest first. Runs that only compare do not
-- count. A run that is `running` while no session holds the lock of its batch is dead.
select
  r.run_id,
  r.source,
  r.batch_date,
  case
    when r.status = 'running' and not caseload.batch_is_locked(r.source, r.batch_date) then 'aborted'
    else r.status
  end as status,
  extract(epoch from r.started_at)::float8 * 1000 as started_at,
  extract(epoch from r.ended_at)::float8 * 1000 as ended_at,
  extract(epoch from r.published_at)::float8 * 1000 as published_at,
  r.attempts,
  coalesce(r.stages, '[]'::json) as stages,
  r.error_class,
  r.error_message,
  r.code_version,
  r.code_hash,
  r.contract_hash,
  r.engine_semantics,
  r.zone,
  r.host
from caseload.runs as r
where r.status <> 'planned'
  and not r.compares
  and ($1::text[] is null or r.source = any ($1::text[]))
  and r.batch_date between $2::date and $3::date
order by
  r.source,
  r.batch_date,
  r.started_at,
  r.run_id
