-- One row: whether the settings that a session asks for at its start have come, which a pooler in front of the server
-- may drop. Only then does the session take the role that owns Caseload's schemas, where it is another one that the login
-- is a member of.
select
  a.arrived,
  case
    when a.arrived then (
      select set_config('role', pg_catalog.pg_get_userbyid(n.nspowner), false)
      from pg_catalog.pg_namespace as n
      where n.nspname = 'caseload'
        and n.nspowner <> current_user::regrole
        and pg_catalog.pg_has_role(current_user, n.nspowner, 'member')
    )
  end as role
from (
  select
    current_setting('search_path') = 'clinical,store,caseload'
    and current_setting('timezone') = 'UTC'
    and current_setting('client_connection_check_interval') = '1s' as arrived
) as a
