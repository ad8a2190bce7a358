-- One row per job of the queue that a worker runs now. The worker renews its rows; 30 s after expires_at another worker may end
-- the sessions of the run and take the job. lease_id is new for each claim, so that a worker that wakes again finds that the
-- lease is no longer its own.
create table caseload.leases (
  job_id uuid primary key,
  lease_id uuid not null,
  source text not null,
  batch_date date not null,
  run_id uuid,
  worker text not null,
  taken_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
