-- Why a batch is pinned: it was rolled back, taken out of the tables (unpublished), or settled because it will not be loaded
-- (dismissed). A dismissed day may have no run. pinned_by is the login and the machine; null for a rollback.
alter table caseload.pins
  add column kind text not null default 'rolled_back' check (kind in ('rolled_back', 'unpublished', 'dismissed')),
  add column pinned_by text;

-- When a delivery of a day is late, in the zone of the source: at `due` so many days after that day. A source that has not run
-- since this column exists is late at the end of the next day, as one that declares nothing.
alter table caseload.sources
  add column due text not null default '24:00',
  add column lag_days integer not null default 1;
