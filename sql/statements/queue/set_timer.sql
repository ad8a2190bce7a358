-- $1 name, $2 cron expression, $3 zone, $4 sources as text[], $5 days back. Due times before now are none of a new timer's.
insert into caseload.timers (
  name,
  cron,
  zone,
  sources,
  days_back
)
values (
  $1,
  $2,
  $3,
  $4,
  $5
)
on conflict (name) do update
set
  cron = excluded.cron,
  zone = excluded.zone,
  sources = excluded.sources,
  days_back = excluded.days_back,
  last_due = excluded.last_due,
  set_at = excluded.set_at
