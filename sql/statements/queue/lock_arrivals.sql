-- One watcher at a time records arrivals: without a lock, two that record several batches could wait for each other.
select
  pg_advisory_xact_lock(hashtextextended('caseload/arrivals', 0))
