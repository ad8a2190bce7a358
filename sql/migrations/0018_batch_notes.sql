-- One row per version of a batch that notes what it touches: the refresh of the marts recomputes these patients, and these
-- hours of their readings. Written before a version is published or taken away, while marts exist. A version without a row is
-- no error: the refresh recomputes its whole source. No foreign key: a note may outlive its run by one refresh.
create table caseload.batch_notes (
  run_id uuid primary key,
  -- The span of measured_at, both ends included; null where the version holds no reading.
  measured_from timestamptz,
  measured_until timestamptz
);

-- One row per version with a note and patient_id in any of its tables.
create table caseload.batch_patients (
  run_id uuid not null references caseload.batch_notes on delete cascade,
  patient_id text not null,
  primary key (run_id, patient_id)
);
