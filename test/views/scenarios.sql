-- Deliveries of four sources in the first days of May 2023, small enough to work out by hand. `ups` declares nothing
-- (upsert), `two` has the same ids and is late, `ful` delivers whole lists, of `ins` the first deliveries count.
insert into caseload.sources (source, transformer, zone, schedule)
values
  ('ups', 'ups', 'UTC', 'daily'),
  ('two', 'two', 'UTC', 'daily'),
  ('ful', 'ful', 'UTC', 'weekly'),
  ('ins', 'ins', 'UTC', 'daily'),
  ('new', 'new', 'UTC', 'daily');

insert into caseload.deliveries (source, table_name, delivery)
select
  d.source,
  t.table_name,
  d.delivery
from (values ('two', 'upsert'), ('ful', 'full'), ('ins', 'insert_only')) as d (source, delivery)
cross join (
  values ('patients'), ('patient_links'), ('visits'), ('diagnoses'), ('procedures'), ('treatments'), ('measurements')
) as t (table_name);

-- `ful` and `ins` deliver on 1 and 2 May, `ups` also on 3 May, `two` on 1 May only. An empty table is published too.
insert into caseload.published (source, table_name, batch_date, run_id, rows, published_at)
select
  b.source,
  t.table_name,
  b.batch_date,
  gen_random_uuid(),
  extract(day from b.batch_date)::bigint,
  b.batch_date + time '12:00' at time zone 'UTC'
from (
  values
    ('ups', date '2023-05-01'),
    ('ups', date '2023-05-02'),
    ('ups', date '2023-05-03'),
    ('two', date '2023-05-01'),
    ('ful', date '2023-05-01'),
    ('ful', date '2023-05-02'),
    ('ins', date '2023-05-01'),
    ('ins', date '2023-05-02')
) as b (source, batch_date)
cross join (
  values ('patients'), ('patient_links'), ('visits'), ('diagnoses'), ('procedures'), ('treatments'), ('measurements')
) as t (table_name);

insert into caseload.runs (run_id, source, batch_date, status, published_at)
select
  gen_random_uuid(),
  source,
  batch_date,
  'published',
  max(published_at)
from caseload.published
group by
  source,
  batch_date;

insert into caseload.tables (run_id, table_name, state, loaded)
select
  r.run_id,
  p.table_name,
  'published',
  p.rows
from caseload.published as p
join caseload.runs as r on r.source = p.source and r.batch_date = p.batch_date;

create table store.patients_all partition of store.patients for values in ('ups', 'two', 'ful', 'ins');
create table store.patient_links_all partition of store.patient_links for values in ('ups', 'two', 'ful', 'ins');
create table store.visits_all partition of store.visits for values in ('ups', 'two', 'ful', 'ins');
create table store.diagnoses_all partition of store.diagnoses for values in ('ups', 'two', 'ful', 'ins');
create table store.procedures_all partition of store.procedures for values in ('ups', 'two', 'ful', 'ins');
create table store.treatments_all partition of store.treatments for values in ('ups', 'two', 'ful', 'ins');
create table store.measurements_all partition of store.measurements for values in ('ups', 'two', 'ful', 'ins');

insert into store.patients (source, batch_date, patient_id, name)
values
  ('ups', '2023-05-01', 'P1', 'Avery Old'),
  ('ups', '2023-05-02', 'P1', 'Avery New'),
  ('ups', '2023-05-01', 'P2', 'Blake First Day'),
  ('two', '2023-05-01', 'P1', 'Avery Namesake'),
  ('ful', '2023-05-01', 'P1', 'Casey Old'),
  ('ful', '2023-05-02', 'P1', 'Casey New'),
  ('ful', '2023-05-01', 'P2', 'Drew Vanished'),
  ('ins', '2023-05-01', 'P1', 'Ellis First'),
  ('ins', '2023-05-02', 'P1', 'Ellis Second'),
  ('ins', '2023-05-02', 'P2', 'Finley Second Day');

insert into store.patient_links (source, batch_date, patient_id, person_id)
values
  ('ups', '2023-05-01', 'P1', 'person-1'),
  ('ups', '2023-05-02', 'P1', 'person-2'),
  ('ful', '2023-05-01', 'P1', 'person-3');

-- ups: V1 moves to another patient, V2 is cancelled, V3 comes back, V4 loses a diagnosis, V5 has one in error, V6 is
-- named under two patients in one batch.
insert into store.visits (source, batch_date, patient_id, visit_id, visit_date, record_status)
values
  ('ups', '2023-05-01', 'P1', 'V1', '2023-05-01', 'active'),
  ('ups', '2023-05-02', 'P2', 'V1', '2023-05-01', 'active'),
  ('ups', '2023-05-01', 'P1', 'V2', '2023-05-01', 'active'),
  ('ups', '2023-05-02', 'P1', 'V2', '2023-05-01', 'cancelled'),
  ('ups', '2023-05-01', 'P1', 'V3', '2023-05-01', 'entered_in_error'),
  ('ups', '2023-05-02', 'P1', 'V3', '2023-05-01', 'active'),
  ('ups', '2023-05-01', 'P1', 'V4', '2023-05-01', 'active'),
  ('ups', '2023-05-02', 'P1', 'V4', '2023-05-01', 'active'),
  ('ups', '2023-05-01', 'P1', 'V5', '2023-05-01', 'active'),
  ('ups', '2023-05-01', 'P1', 'V6', '2023-05-01', 'active'),
  ('ups', '2023-05-01', 'P2', 'V6', '2023-05-01', 'active'),
  ('two', '2023-05-01', 'P1', 'V1', '2023-05-01', 'active'),
  ('ful', '2023-05-01', 'P1', 'V1', '2023-05-01', 'active'),
  ('ful', '2023-05-01', 'P1', 'V2', '2023-05-01', 'active'),
  ('ful', '2023-05-02', 'P1', 'V2', '2023-05-01', 'active'),
  ('ins', '2023-05-01', 'P1', 'V1', '2023-05-01', 'active'),
  ('ins', '2023-05-02', 'P1', 'V1', '2023-05-02', 'active');

insert into store.diagnoses (source, batch_date, patient_id, visit_id, diagnosis_no, diagnosis_code, record_status)
values
  ('ups', '2023-05-01', 'P1', 'V1', 1, 'old-1', 'active'),
  ('ups', '2023-05-01', 'P1', 'V1', 2, 'old-2', 'active'),
  ('ups', '2023-05-02', 'P2', 'V1', 1, 'new-1', 'active'),
  ('ups', '2023-05-02', 'P1', 'V1', 2, 'stray', 'active'),
  ('ups', '2023-05-01', 'P1', 'V2', 1, 'old-1', 'active'),
  ('ups', '2023-05-02', 'P1', 'V2', 1, 'new-1', 'active'),
  ('ups', '2023-05-01', 'P1', 'V3', 1, 'old-1', 'active'),
  ('ups', '2023-05-02', 'P1', 'V3', 1, 'new-1', 'active'),
  ('ups', '2023-05-01', 'P1', 'V4', 1, 'old-1', 'active'),
  ('ups', '2023-05-01', 'P1', 'V4', 2, 'old-2', 'active'),
  ('ups', '2023-05-02', 'P1', 'V4', 1, 'new-1', 'active'),
  ('ups', '2023-05-03', 'P1', 'V4', 2, 'without its visit', 'active'),
  ('ups', '2023-05-01', 'P1', 'V5', 1, 'error', 'entered_in_error'),
  ('ups', '2023-05-01', 'P1', 'V5', 2, 'old-2', 'active'),
  ('ups', '2023-05-01', 'P1', 'V99', 1, 'orphan', 'active'),
  ('two', '2023-05-01', 'P1', 'V1', 1, 'two-1', 'active'),
  ('ful', '2023-05-01', 'P1', 'V1', 1, 'old-1', 'active'),
  ('ful', '2023-05-02', 'P1', 'V2', 1, 'new-1', 'active'),
  ('ins', '2023-05-01', 'P1', 'V1', 1, 'first-1', 'active'),
  ('ins', '2023-05-02', 'P1', 'V1', 1, 'second-1', 'active'),
  ('ins', '2023-05-02', 'P1', 'V1', 2, 'second-2', 'active');

-- A path id belongs to a visit; T1 to T4 are ids of the source's own. T3 first has no visit, then one.
insert into store.treatments (
  source, batch_date, patient_id, treatment_id, visit_id, diagnosis_no, drug, dose, started_on, record_status
)
values
  ('ups', '2023-05-01', 'P1', 'V1/1/1', 'V1', 1, 'Metformin', 'old', null, 'active'),
  ('ups', '2023-05-02', 'P2', 'V1/1/1', 'V1', 1, 'Metformin', 'new', null, 'active'),
  ('ups', '2023-05-02', 'P1', 'V1/2/1', 'V1', 2, 'Metformin', 'stray', null, 'active'),
  ('ups', '2023-05-01', 'P1', 'V2/1/1', 'V2', 1, 'Metformin', 'old', null, 'active'),
  ('ups', '2023-05-01', 'P1', 'V4/1/1', 'V4', 1, 'Metformin', 'old', null, 'active'),
  ('ups', '2023-05-01', 'P1', 'V4/2/1', 'V4', 2, 'Metformin', 'old', null, 'active'),
  ('ups', '2023-05-02', 'P1', 'V4/1/1', 'V4', 1, 'Metformin', 'new', null, 'active'),
  ('ups', '2023-05-02', 'P1', 'V4/1/2', 'V4', 1, 'Metformin', 'new', '2023-04-01', 'active'),
  ('ups', '2023-05-02', 'P1', 'V4/1/3', 'V4', 1, 'Aspirin', 'never', null, 'cancelled'),
  ('ups', '2023-05-01', 'P1', 'V5/1/1', 'V5', 1, 'Aspirin', 'kept', null, 'active'),
  ('ups', '2023-05-01', 'P1', 'T1', null, null, 'Ibuprofen', 'old', '2023-04-30', 'active'),
  ('ups', '2023-05-02', 'P1', 'T1', null, null, 'Ibuprofen', 'new', null, 'active'),
  ('ups', '2023-05-01', 'P1', 'T2', null, null, 'Ibuprofen', 'old', null, 'active'),
  ('ups', '2023-05-02', 'P1', 'T2', null, null, 'Ibuprofen', 'new', null, 'cancelled'),
  ('ups', '2023-05-01', 'P1', 'T3', null, null, 'Codeine', 'old', null, 'active'),
  ('ups', '2023-05-02', 'P1', 'T3', 'V4', null, 'Codeine', 'new', null, 'active'),
  ('ups', '2023-05-01', 'P9', 'T4', null, null, 'Codeine', 'nobody', null, 'active'),
  ('two', '2023-05-01', 'P1', 'V1/1/1', 'V1', 1, 'Metformin', 'two', null, 'active'),
  ('two', '2023-05-01', 'P1', 'T1', null, null, 'Ibuprofen', 'two', null, 'active'),
  ('ful', '2023-05-01', 'P1', 'T1', null, null, 'Ibuprofen', 'gone', null, 'active'),
  ('ful', '2023-05-01', 'P1', 'T2', null, null, 'Ibuprofen', 'old', null, 'active'),
  ('ful', '2023-05-02', 'P1', 'T2', null, null, 'Ibuprofen', 'new', null, 'active'),
  ('ins', '2023-05-01', 'P1', 'T1', null, null, 'Ibuprofen', 'first', null, 'active'),
  ('ins', '2023-05-02', 'P1', 'T1', null, null, 'Ibuprofen', 'second', null, 'active');

-- The newest list of procedures of `ful` is empty.
insert into store.procedures (source, batch_date, patient_id, procedure_id, visit_id, procedure_code, record_status)
values
  ('ups', '2023-05-01', 'P1', 'R1', null, 'old', 'active'),
  ('ups', '2023-05-03', 'P1', 'R1', null, 'new', 'active'),
  ('ups', '2023-05-01', 'P1', 'R2', 'V1', 'moved away', 'active'),
  ('ups', '2023-05-02', 'P1', 'R3', 'V1', 'stray', 'active'),
  ('ups', '2023-05-01', 'P1', 'R4', 'V4', 'dropped', 'active'),
  ('ups', '2023-05-01', 'P1', 'R5', 'V5', 'kept', 'active'),
  ('ups', '2023-05-01', 'P1', 'R6', 'V5', 'never', 'cancelled'),
  ('ups', '2023-05-01', 'P1', 'R7', null, 'old', 'active'),
  ('ups', '2023-05-02', 'P1', 'R7', null, 'new', 'cancelled'),
  ('ups', '2023-05-01', 'P1', 'R8', null, 'old', 'active'),
  ('ups', '2023-05-02', 'P1', 'R8', 'V4', 'new', 'active'),
  ('two', '2023-05-01', 'P1', 'R1', null, 'two', 'active'),
  ('ful', '2023-05-01', 'P1', 'R1', null, 'gone', 'active'),
  ('ins', '2023-05-01', 'P1', 'R1', null, 'first', 'active'),
  ('ins', '2023-05-02', 'P1', 'R1', null, 'second', 'active');

-- 08:00 has three readings, then one; 09:00 comes a day after the newest version of its visit; 10:00 is withdrawn.
insert into store.measurements (
  source, batch_date, patient_id, measured_at, type, device_id, reading_no, value, visit_id, record_status
)
values
  ('ups', '2023-05-01', 'P1', '2023-05-01 08:00+00', 'pulse', '', 0, 60, null, 'active'),
  ('ups', '2023-05-01', 'P1', '2023-05-01 08:00+00', 'pulse', '', 1, 61, null, 'active'),
  ('ups', '2023-05-01', 'P1', '2023-05-01 08:00+00', 'pulse', '', 2, 62, null, 'active'),
  ('ups', '2023-05-02', 'P1', '2023-05-01 08:00+00', 'pulse', '', 0, 70, null, 'active'),
  ('ups', '2023-05-02', 'P1', '2023-05-01 08:00+00', 'pulse', '', 1, 71, null, 'cancelled'),
  ('ups', '2023-05-01', 'P1', '2023-05-01 08:00+00', 'pulse', 'dev-2', 0, 80, null, 'active'),
  ('ups', '2023-05-03', 'P1', '2023-05-01 09:00+00', 'pulse', '', 0, 90, 'V4', 'active'),
  ('ups', '2023-05-01', 'P1', '2023-05-01 10:00+00', 'pulse', '', 0, 99, null, 'active'),
  ('ups', '2023-05-02', 'P1', '2023-05-01 10:00+00', 'pulse', '', 0, 99, null, 'entered_in_error'),
  ('two', '2023-05-01', 'P1', '2023-05-01 08:00+00', 'pulse', '', 0, 50, null, 'active'),
  ('ful', '2023-05-01', 'P1', '2023-05-01 08:00+00', 'pulse', '', 0, 40, null, 'active'),
  ('ful', '2023-05-02', 'P1', '2023-05-01 09:00+00', 'pulse', '', 0, 41, null, 'active'),
  ('ins', '2023-05-01', 'P1', '2023-05-01 08:00+00', 'pulse', '', 0, 30, null, 'active'),
  ('ins', '2023-05-02', 'P1', '2023-05-01 08:00+00', 'pulse', '', 1, 31, null, 'active');
