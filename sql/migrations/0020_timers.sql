-- One row per timer of `caseload cron`. last_due is the last due time for which batches were queued, so that each due time is
-- queued once by however many workers, and one that was missed is queued when a worker runs again.
create table caseload.timers (
  name text primary key,
  cron text not null,
  zone text not null,
  sources text[] not null,
  days_back integer not null,
  last_due timestamptz not null default now(),
  set_at timestamptz not null default now()
);
