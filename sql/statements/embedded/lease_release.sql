-- One row: whether the command that leaves is the last one here, and may stop a server that was started to live no longer
-- than those who use it. Of two that leave at once the second is the last.
select
  l.was_here
  and current_setting('caseload.ephemeral', true) = 'on'
  and pg_try_advisory_lock(hashtextextended('caseload/embedded', 0)) as is_last
from (select pg_advisory_unlock_shared(hashtextextended('caseload/embedded', 0)) as was_here offset 0) as l
