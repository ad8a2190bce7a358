-- One row. Releases the lease of this session; is_last is true if no other command holds one and an ephemeral command started
-- the server, so this command may stop it. Of two commands that release at once the second is the last.
select
  l.was_held
  and current_setting('caseload.ephemeral', true) = 'on'
  and pg_try_advisory_lock(hashtextextended('caseload/embedded', 0)) as is_last
from (select pg_advisory_unlock_shared(hashtextextended('caseload/embedded', 0)) as was_held offset 0) as l
