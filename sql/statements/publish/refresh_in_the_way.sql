-- $1 the text whose hash is the lock of the marts, $2 a parent of schema store. One row: whether another session that refreshes
-- the marts reads that parent.
select
  exists (
    select
    from pg_catalog.pg_locks as m
    join pg_catalog.pg_locks as r
      on r.pid = m.pid
    join pg_catalog.pg_class as c
      on c.oid = r.relation
    where m.locktype = 'advisory'
      and m.objsubid = 1
      and ((m.classid::bigint << 32) | m.objid::bigint) = hashtextextended($1, 0)
      and m.granted
      and r.locktype = 'relation'
      and r.granted
      and r.pid <> pg_backend_pid()
      and m.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
      and c.relnamespace = (select n.oid from pg_catalog.pg_namespace as n where n.nspname = 'store')
      and c.relname = $2
  ) as is_refreshed
