-- One row: the role's rights in the database as a whole.
select
  has_database_privilege(current_database(), 'create') as may_create_schemas,
  coalesce(
    (
      select
        bool_or(has_function_privilege(p.oid, 'execute'))
      from pg_catalog.pg_proc as p
      where p.pronamespace = 'pg_catalog'::regnamespace
        and p.proname = 'pg_terminate_backend'
    ),
    false
  ) as may_terminate
