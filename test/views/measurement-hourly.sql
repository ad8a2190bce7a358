-- Four sources in one leaf a table: `ups` (upsert), `ful` and `ins` (their deliveries), all with partial aggregates, and
-- `raw` without any on 2 May. Each has a batch on 1, 2 and 3 May 2023.
insert into caseload.sources (source, transformer, class, zone, schedule)
select
  source,
  source,
  source,
  'UTC',
  'daily'
from (values ('ups'), ('ful'), ('ins'), ('raw')) as s (source);

insert into caseload.deliveries (source, table_name, delivery)
values
  ('ful', 'measurements', 'full'),
  ('ins', 'measurements', 'insert_only');

create table store.measurements_all partition of store.measurements for values in ('ups', 'ful', 'ins', 'raw');
create table store.measurements_hourly_all partition of store.measurements_hourly for values in ('ups', 'ful', 'ins', 'raw');

insert into caseload.runs (run_id, source, batch_date, status, published_at, code_version, host, process_id)
select
  gen_random_uuid(),
  s.source,
  date '2023-05-01' + d.day,
  'published',
  now(),
  'test',
  'test',
  1
from caseload.sources as s
cross join generate_series(0, 2) as d (day);

insert into caseload.tables (run_id, table_name, state, candidates, loaded, quarantined, removed)
select
  r.run_id,
  t.table_name,
  'published',
  0,
  0,
  0,
  '{}'
from caseload.runs as r
cross join (values ('measurements'), ('measurements_hourly')) as t (table_name)
where r.source <> 'raw' or r.batch_date <> '2023-05-02' or t.table_name = 'measurements';
