-- One row per batch whose delivery caseload watch has decided about: the fingerprint of the listing that it decided about, so that
-- however many watchers run, each change is decided about once. queued: it put the batch into the queue, or found it there.
-- changed_at: when the delivery changed last, by the clock of its file system or store.
create table caseload.arrivals (
  source text not null,
  batch_date date not null,
  fingerprint text not null,
  changed_at timestamptz not null,
  queued boolean not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (source, batch_date)
);
