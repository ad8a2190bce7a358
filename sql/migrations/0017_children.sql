-- How the rows of a table that belong to a visit are read: as a part of the document of their visit, or as facts of their own.
alter table caseload.deliveries add column children text not null default 'document'
  check (children in ('document', 'entity'));
