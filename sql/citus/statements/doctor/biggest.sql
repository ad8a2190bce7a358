-- One row: the bytes of the biggest delivery that any run read, and the bytes on the disks of all machines of the published batch with
-- the most rows.
select
  coalesce(
    (
      select
        sum(f.bytes)
      from caseload.files as f
      group by f.run_id
      order by 1 desc
      limit 1
    ),
    0
  )::bigint as delivery,
  coalesce(
    (
      select
        sum(citus_total_relation_size(c.oid::regclass))
      from caseload.tables as t
      join pg_catalog.pg_class as c on c.relname = t.leaf
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname = 'store'
      where t.run_id = (
        select
          p.run_id
        from caseload.published as p
        group by p.run_id
        order by
          sum(p.rows) desc,
          p.run_id
        limit 1
      )
    ),
    0
  )::bigint as stored
