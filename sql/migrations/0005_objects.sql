-- Which object of a store the file was, if the landing root was one: its ETag, and its version if the bucket keeps them.
alter table caseload.files add column object_etag text;

alter table caseload.files add column object_version text;
