-- One row: the server, and this session on it. Settings that the role may not see are null.
select
  current_setting('server_version_num')::integer as version_number,
  current_setting('server_version') as version,
  pg_is_in_recovery() as standby,
  session_user::text as login,
  current_user::text as role,
  current_database()::text as database,
  host(inet_server_addr()) as address,
  coalesce((select s.ssl from pg_catalog.pg_stat_ssl as s where s.pid = pg_backend_pid()), false) as ssl,
  current_setting('max_connections')::integer as max_connections,
  current_setting('max_prepared_transactions')::integer as max_prepared_transactions,
  current_setting('max_locks_per_transaction')::integer as max_locks_per_transaction,
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit,
  (select s.setting from pg_catalog.pg_settings as s where s.name = 'data_directory') as data_directory,
  (select s.reset_val from pg_catalog.pg_settings as s where s.name = 'TimeZone') as time_zone,
  current_setting('server_encoding') as encoding,
  (select s.reset_val from pg_catalog.pg_settings as s where s.name = 'default_transaction_read_only') as default_read_only,
  (
    select
      count(*) = 3
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_class as c on c.oid = a.attrelid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'caseload'
      and c.relname = 'schema_state'
      and c.relkind = 'r'
      and a.attname in ('only_row', 'version', 'fingerprint')
      and not a.attisdropped
  ) as has_ledger
