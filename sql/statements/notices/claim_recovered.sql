-- $1 target, $2 claim, $3 to $5 sources, days and notices. One row per batch that is well and of whose trouble people were told.
-- A trouble that could not be told before it was over is forgotten.
with well as (
  select
    w.source,
    w.batch_date,
    w.notice
  from unnest($3::text[], $4::date[], $5::json[]) as w (source, batch_date, notice)
),
forgotten as (
  delete from caseload.notices as n
  using well as w
  where n.source = w.source
    and n.batch_date = w.batch_date
    and n.target = $1
    and n.told is null
    and (n.claim_id is null or n.claimed_at < clock_timestamp() - interval '2 minutes')
)
update caseload.notices as n
set
  kind = 'recovered',
  notice = w.notice,
  noted_at = clock_timestamp(),
  claim_id = $2,
  claimed_at = clock_timestamp()
from well as w
where n.source = w.source
  and n.batch_date = w.batch_date
  and n.target = $1
  and n.told <> 'recovered'
  and (n.claim_id is null or n.claimed_at < clock_timestamp() - interval '2 minutes')
returning
  n.notice
