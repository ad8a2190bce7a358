-- One row. Tells the embedded server that a command is here, between its sessions too: until the session ends or leaves,
-- see leave.sql. Waits while another command stops the server, and fails with it.
select
  set_config('idle_session_timeout', '0', false) as idle_limit,
  pg_advisory_lock_shared(hashtextextended('caseload/embedded', 0)) as here
