-- Gives a session the time limits back that it had before begin_session.sql lifted them: those of the role, the database or
-- PGOPTIONS. One row per limit, whose reset value is in milliseconds.
select
  set_config(s.name, s.reset_val, false) as restored
from pg_catalog.pg_settings as s
where s.name in (
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout'
)
