-- $1 target, $2 claim, $3 to $6 sources, days, kinds and notices. One row per batch whose trouble is to be told now: nothing was
-- told of it, it was well again, or people know only that its delivery is not there. Another process that sends has claimed it.
with news as (
  select
    n.source,
    n.batch_date,
    n.kind,
    n.notice
  from unnest($3::text[], $4::date[], $5::text[], $6::json[]) as n (source, batch_date, kind, notice)
)
insert into caseload.notices as n (
  source,
  batch_date,
  target,
  kind,
  notice,
  claim_id,
  claimed_at
)
select
  w.source,
  w.batch_date,
  $1,
  w.kind,
  w.notice,
  $2,
  clock_timestamp()
from news as w
order by
  w.source,
  w.batch_date
on conflict (source, batch_date, target) do update
set
  kind = excluded.kind,
  notice = excluded.notice,
  noted_at = clock_timestamp(),
  claim_id = excluded.claim_id,
  claimed_at = excluded.claimed_at
where (n.claim_id is null or n.claimed_at < clock_timestamp() - interval '2 minutes')
  and (
    n.told is null
    or n.told = 'recovered'
    or (n.told = any ($7::text[]) and excluded.kind <> all ($7::text[]))
  )
returning
  n.notice
