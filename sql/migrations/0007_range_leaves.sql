-- One row per leaf that covers more than one day: a month that was merged, or what is left of it on either side of a day
-- that was replaced since. It lies within one month, from from_date up to, and without, to_date, like the bounds of its
-- partition. `caseload.tables.leaf` of every run of those days names it. While it is `staged` readers do not see it; its
-- operation (a merge, or the run that splits a month) holds the lock of the month, so one that is staged while nobody
-- holds that lock was left by an operation that died. `replaces` names the leaves it was copied from.
create table caseload.range_leaves (
  leaf text primary key,
  table_name text not null,
  source text not null,
  from_date date not null,
  to_date date not null,
  state text not null default 'staged' check (state in ('staged', 'published')),
  operation_id uuid not null,
  replaces text[] not null,
  check (from_date < to_date)
);

create index range_leaves_days on caseload.range_leaves (
  source,
  from_date
);
