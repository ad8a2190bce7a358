-- Two sources with one leaf a table: `a` in Amsterdam (a batch on 1 and 3 January and on 30 June 2023, daily) and `b` in
-- New York (one on 30 June).
insert into caseload.sources (source, transformer, class, zone, schedule)
values
  ('a', 'a', 'A', 'Europe/Amsterdam', 'daily'),
  ('b', 'b', 'B', 'America/New_York', 'daily');

create table store.patients_all partition of store.patients for values in ('a', 'b');
create table store.patient_links_all partition of store.patient_links for values in ('a', 'b');
create table store.visits_all partition of store.visits for values in ('a', 'b');
create table store.diagnoses_all partition of store.diagnoses for values in ('a', 'b');
create table store.procedures_all partition of store.procedures for values in ('a', 'b');
create table store.measurements_all partition of store.measurements for values in ('a', 'b');

-- Publishes an empty batch of visits.
create function pg_temp.publish(source text, batch_date date) returns void
begin atomic
  with run as (
    insert into caseload.runs (run_id, source, batch_date, status, published_at, code_version, host, process_id)
    values (gen_random_uuid(), publish.source, publish.batch_date, 'published', now(), 'test', 'test', 1)
    returning run_id
  )
  insert into caseload.tables (run_id, table_name, state, candidates, loaded, quarantined, removed)
  select run_id, 'visits', 'published', 0, 0, 0, '{}'
  from run;
end;

select
  pg_temp.publish(source, batch_date)
from (
  values
    ('a', date '2023-01-01'),
    ('a', date '2023-01-03'),
    ('a', date '2023-06-30'),
    ('b', date '2023-06-30')
) as b (source, batch_date);
