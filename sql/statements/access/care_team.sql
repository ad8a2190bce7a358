-- $1 a member, or null for all; $2 true: with entries that have ended. One row per entry of the care team.
select
  t.entry_id::integer as entry,
  t.member,
  t.sees,
  t.source,
  t.id,
  t.starts_at,
  t.ends_at,
  t.added_by,
  t.added_at,
  t.ended_by,
  case
    when not exists (select from pg_catalog.pg_roles as r where r.rolname = t.member) then 'no such role'
    when t.ends_at <= statement_timestamp() then 'ended'
    when t.starts_at > statement_timestamp() then 'later'
    else 'holds'
  end as state
from caseload.care_team as t
where (t.member = $1 or $1 is null)
  and ($2 or t.ends_at is null or t.ends_at > statement_timestamp())
order by
  t.member,
  t.entry_id
