-- Runs of two sources as an engine would have left them: `wards` has one batch that is published without four of its
-- rows, one that was published and then refused, one that was refused twice, and one that was refused and then
-- published; `labs` is published without a row in quarantine. Every delivered value reads `secret`.
insert into caseload.sources (source, transformer, class, zone, schedule)
values
  ('wards', 'wards', 'Wards', 'UTC', 'daily'),
  ('labs', 'labs', 'Labs', 'UTC', 'daily');

insert into caseload.runs (run_id, source, batch_date, status, started_at, code_version, host, process_id)
values
  ('11111111-0000-4000-8000-000000000001', 'wards', '2023-05-01', 'published', '2023-05-01 06:00Z', '1', 'h', 1),
  ('22222222-0000-4000-8000-000000000001', 'wards', '2023-05-02', 'published', '2023-05-02 06:00Z', '1', 'h', 1),
  ('22222222-0000-4000-8000-000000000002', 'wards', '2023-05-02', 'refused', '2023-05-02 07:00Z', '1', 'h', 1),
  ('22222222-0000-4000-8000-000000000003', 'wards', '2023-05-02', 'incomplete', '2023-05-02 08:00Z', '1', 'h', 1),
  ('33333333-0000-4000-8000-000000000001', 'wards', '2023-05-03', 'refused', '2023-05-03 06:00Z', '1', 'h', 1),
  ('33333333-0000-4000-8000-000000000002', 'wards', '2023-05-03', 'refused', '2023-05-03 07:00Z', '1', 'h', 1),
  ('44444444-0000-4000-8000-000000000001', 'wards', '2023-05-04', 'refused', '2023-05-04 06:00Z', '1', 'h', 1),
  ('44444444-0000-4000-8000-000000000002', 'wards', '2023-05-04', 'published', '2023-05-04 07:00Z', '1', 'h', 1),
  ('55555555-0000-4000-8000-000000000001', 'labs', '2023-05-01', 'published', '2023-05-01 05:00Z', '1', 'h', 1);

insert into caseload.tables (run_id, table_name, candidates, loaded, quarantined, removed)
values
  ('11111111-0000-4000-8000-000000000001', 'patients', 8, 7, 1, '{}'),
  ('11111111-0000-4000-8000-000000000001', 'visits', 4, 2, 2, '{}');

-- Of a table and of a rule that no longer exist, whose rows have expired.
insert into caseload.tables (run_id, table_name, candidates, loaded, quarantined, removed, quarantined_by)
values ('33333333-0000-4000-8000-000000000001', 'wards_gone', 8, 7, 1, '{}', '{"dose.of_last_year": 1}');

insert into caseload.files (run_id, path, input, bytes, sha256, records)
values
  ('11111111-0000-4000-8000-000000000001', 'wards/20230501/a.json', 'events', 9, '', 15),
  ('11111111-0000-4000-8000-000000000001', 'wards/20230501/b.json', 'events', 9, '', 5);

insert into caseload.quarantine_rows (run_id, table_name, file, record_no, column_name, rule, reason, row)
values
  (
    '11111111-0000-4000-8000-000000000001', 'visits', 'wards/20230501/a.json', 3, 'visit_date', 'pattern',
    'does not have the expected form', '{"visit_id": "secret\u0000\ud83d", "visit_date": "secret"}'
  ),
  ('11111111-0000-4000-8000-000000000001', 'visits', 'wards/20230501/a.json', 2, null, 'parent', 'p', '{"a": "secret"}'),
  ('11111111-0000-4000-8000-000000000001', 'patients', 'wards/20230501/a.json', 2, 'mrn', 'length', 'l', '{"a": "secret"}'),
  ('11111111-0000-4000-8000-000000000001', 'events', 'wards/20230501/b.json', 1, null, 'shape', 's', '{"a": "secret"}'),
  ('22222222-0000-4000-8000-000000000001', 'visits', 'f', 1, 'visit_date', 'pattern', 'p', '{"a": "secret"}'),
  ('22222222-0000-4000-8000-000000000002', 'visits', 'f', 1, 'visit_date', 'cast', 'c', '{"a": "secret"}'),
  ('22222222-0000-4000-8000-000000000003', 'visits', 'f', 1, 'visit_date', 'never seen', 'c', '{"a": "secret"}'),
  ('33333333-0000-4000-8000-000000000001', 'visits', 'f', 1, 'visit_date', 'pattern', 'older', '{"a": "secret"}'),
  ('33333333-0000-4000-8000-000000000002', 'visits', 'f', 1, 'visit_date', 'pattern', 'newer', '{"a": "secret"}'),
  ('44444444-0000-4000-8000-000000000001', 'visits', 'f', 1, 'visit_date', 'pattern', 'before', '{"a": "secret"}');
