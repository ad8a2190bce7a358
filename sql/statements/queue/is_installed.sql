-- One row: true if the database has the queue.
select
  to_regclass('caseload_queue.version') is not null as installed
