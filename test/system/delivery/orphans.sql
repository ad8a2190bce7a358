-- Rows with and without parents, small enough to work out by hand. `def` defers its references, `ful` delivers whole
-- lists, `two` has the ids of `def` and no patient, `lab` fills measurements alone.
insert into caseload.deliveries (source, table_name, delivery)
values
  ('ful', 'patients', 'full'),
  ('ful', 'visits', 'full'),
  ('ful', 'diagnoses', 'upsert'),
  ('ful', 'measurements', 'full');

insert into caseload.published (source, table_name, batch_date, run_id, rows, published_at)
select
  f.source,
  t.table_name,
  b.batch_date,
  gen_random_uuid(),
  0,
  now()
from (
  values
    ('def', array['patients', 'patient_links', 'allergies', 'visits', 'diagnoses', 'procedures', 'treatments']),
    ('def', array['measurements', 'measurements_hourly', 'devices', 'users', 'user_roles']),
    ('ful', array['patients', 'visits', 'diagnoses', 'measurements']),
    ('two', array['patients', 'visits', 'diagnoses']),
    ('lab', array['measurements'])
) as f (source, tables)
cross join lateral unnest(f.tables) as t (table_name)
cross join (values (date '2023-05-01'), ('2023-05-02')) as b (batch_date);

create table store.patients_all partition of store.patients for values in ('def', 'ful', 'two');
create table store.patient_links_all partition of store.patient_links for values in ('def');
create table store.allergies_all partition of store.allergies for values in ('def');
create table store.visits_all partition of store.visits for values in ('def', 'ful', 'two');
create table store.diagnoses_all partition of store.diagnoses for values in ('def', 'ful', 'two');
create table store.procedures_all partition of store.procedures for values in ('def');
create table store.treatments_all partition of store.treatments for values in ('def');
create table store.measurements_all partition of store.measurements for values in ('def', 'ful', 'lab');
create table store.measurements_hourly_all partition of store.measurements_hourly for values in ('def');
create table store.devices_all partition of store.devices for values in ('def');
create table store.users_all partition of store.users for values in ('def');
create table store.user_roles_all partition of store.user_roles for values in ('def');

insert into store.patients (source, batch_date, patient_id)
values
  ('def', '2023-05-01', 'P1'),
  ('def', '2023-05-02', 'P2'),
  ('ful', '2023-05-01', 'P1'),
  ('ful', '2023-05-01', 'P2'),
  ('ful', '2023-05-02', 'P1');

-- By id: a link may come a day after its patient. As part of a version: an allergy may not.
insert into store.patient_links (source, batch_date, patient_id, person_id)
values
  ('def', '2023-05-02', 'P1', 'x'),
  ('def', '2023-05-02', 'P6', 'x');

insert into store.allergies (source, batch_date, patient_id, allergy_no)
values
  ('def', '2023-05-01', 'P1', 1),
  ('def', '2023-05-02', 'P1', 1),
  ('def', '2023-05-02', 'P5', 1);

-- P2 of `ful` vanished from the newest list, but was in one; V3 is in the older list only.
insert into store.visits (source, batch_date, patient_id, visit_id)
values
  ('def', '2023-05-01', 'P1', 'V1'),
  ('def', '2023-05-02', 'P1', 'V1'),
  ('def', '2023-05-01', 'P1', 'V2'),
  ('def', '2023-05-02', 'P9', 'V9'),
  ('ful', '2023-05-01', 'P3', 'V3'),
  ('ful', '2023-05-02', 'P2', 'V2'),
  ('ful', '2023-05-02', 'P4', 'V4'),
  ('two', '2023-05-01', 'P1', 'V1');

-- V2 came on the first day only; V1 never was of P2.
insert into store.diagnoses (source, batch_date, patient_id, visit_id, diagnosis_no)
values
  ('def', '2023-05-01', 'P1', 'V1', 1),
  ('def', '2023-05-02', 'P1', 'V2', 1),
  ('def', '2023-05-02', 'P1', 'V2', 2),
  ('def', '2023-05-02', 'P2', 'V1', 1),
  ('ful', '2023-05-01', 'P3', 'V8', 1),
  ('ful', '2023-05-02', 'P2', 'V2', 1),
  ('ful', '2023-05-02', 'P2', 'V8', 1),
  ('two', '2023-05-01', 'P1', 'V1', 1),
  ('two', '2023-05-02', 'P1', 'V2', 1);

insert into store.procedures (source, batch_date, patient_id, procedure_id, visit_id)
values
  ('def', '2023-05-01', 'P1', 'R1', 'V2'),
  ('def', '2023-05-02', 'P1', 'R2', 'V2'),
  ('def', '2023-05-02', 'P1', 'R3', null);

-- T2 treats a diagnosis that never was; T3 one that did not come with this version of V1.
insert into store.treatments (source, batch_date, patient_id, treatment_id, visit_id, diagnosis_no)
values
  ('def', '2023-05-01', 'P1', 'T1', 'V1', 1),
  ('def', '2023-05-01', 'P1', 'T2', 'V1', 2),
  ('def', '2023-05-02', 'P1', 'T3', 'V1', 1),
  ('def', '2023-05-02', 'P1', 'T4', null, null),
  ('def', '2023-05-01', 'P8', 'T5', null, null),
  ('def', '2023-05-01', 'P8', 'T6', null, null);

-- A reading of V2 may come a day after it.
insert into store.measurements (source, batch_date, patient_id, measured_at, type, device_id, reading_no, visit_id)
values
  ('def', '2023-05-02', 'P1', '2023-05-01 08:00Z', 'pulse', '', 0, 'V2'),
  ('def', '2023-05-01', 'P2', '2023-05-01 08:00Z', 'pulse', '', 0, null),
  ('def', '2023-05-02', 'P1', '2023-05-01 08:00Z', 'pulse', '', 1, 'V7'),
  ('def', '2023-05-02', 'P1', '2023-05-01 08:00Z', 'pulse', '', 2, 'V7'),
  ('def', '2023-05-01', 'P7', '2023-05-01 08:00Z', 'pulse', '', 0, null),
  ('def', '2023-05-02', 'P7', '2023-05-01 08:00Z', 'pulse', '', 0, 'V7'),
  ('ful', '2023-05-01', 'P5', '2023-05-01 08:00Z', 'pulse', '', 0, null),
  ('lab', '2023-05-01', 'P1', '2023-05-01 08:00Z', 'pulse', '', 0, 'V1');

insert into store.measurements_hourly (source, batch_date, patient_id, hour, type, unit, count)
values
  ('def', '2023-05-02', 'P1', '2023-05-01 08:00Z', 'pulse', '', 1),
  ('def', '2023-05-02', 'P7', '2023-05-01 08:00Z', 'pulse', '', 1);

insert into store.devices (source, batch_date, device_id, in_use_since, patient_id)
values
  ('def', '2023-05-01', 'D1', '2023-05-01 08:00Z', null),
  ('def', '2023-05-01', 'D2', '2023-05-01 08:00Z', 'P4');

-- No role is delivered at all, so none is missed.
insert into store.users (source, batch_date, user_id)
values ('def', '2023-05-01', 'U1');

insert into store.user_roles (source, batch_date, user_id, role_id)
values
  ('def', '2023-05-02', 'U1', 'r'),
  ('def', '2023-05-02', 'U2', 'r'),
  ('def', '2023-05-02', 'U3', 'r');
