-- One row. Takes a lease on the embedded server: a shared advisory lock that the session holds until it ends or releases it,
-- see lease_release.sql. Waits while another command stops the server, and then fails with the connection.
select
  set_config('idle_session_timeout', '0', false) as idle_limit,
  pg_advisory_lock_shared(hashtextextended('caseload/embedded', 0)) as lease
