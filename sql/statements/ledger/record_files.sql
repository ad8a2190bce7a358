-- $1 run, $2 the files that it read, as a JSON array of objects. One row per file.
insert into caseload.files (
  run_id,
  path,
  input,
  bytes,
  sha256,
  records,
  quarantined,
  object_etag,
  object_version
)
select
  $1,
  f.name,
  f.input,
  f.bytes,
  f.sha256,
  f.records,
  f.quarantined,
  f.etag,
  f.version
from json_to_recordset($2) as f (
  name text,
  input text,
  bytes bigint,
  sha256 text,
  records bigint,
  quarantined bigint,
  etag text,
  version text
)
