-- One row: whether the server applied the settings of the session's start, which a pooler in front of it may drop. If it
-- did, the session
-- - sets the role that owns Caseload's schemas, if it is another role and the login may (a member, and since PostgreSQL 16
--   one whose membership has the option set);
-- - removes the time limits of the role, the database or PGOPTIONS (0 means no limit): they are meant for interactive
--   queries, and would end a load, or the idle session that holds the lock of its batch. The fourth limit exists since
--   PostgreSQL 17.
select
  a.arrived,
  case
    when a.arrived then (
      select set_config('role', pg_catalog.pg_get_userbyid(n.nspowner), false)
      from pg_catalog.pg_namespace as n
      where n.nspname = 'caseload'
        and pg_catalog.pg_get_userbyid(n.nspowner) <> current_user
        and pg_catalog.pg_has_role(
          current_user,
          n.nspowner,
          case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end
        )
    )
  end as role,
  case when a.arrived then set_config('statement_timeout', '0', false) end as statement_limit,
  case when a.arrived then set_config('idle_in_transaction_session_timeout', '0', false) end as idle_transaction_limit,
  case when a.arrived then set_config('idle_session_timeout', '0', false) end as idle_limit,
  case
    when a.arrived
      and current_setting('transaction_timeout', true) is not null
      then set_config('transaction_timeout', '0', false)
  end as transaction_limit
from (
  select
    current_setting('search_path') = 'pg_catalog,pg_temp'
    and current_setting('timezone') = 'UTC'
    and current_setting('client_connection_check_interval') = '1s' as arrived
) as a
