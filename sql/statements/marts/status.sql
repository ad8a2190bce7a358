-- One row per mart: how it is computed, its size, and the rows that the statistics know of.
select
  m.mart,
  m.kind,
  greatest(c.reltuples, 0)::bigint as rows,
  pg_total_relation_size(c.oid)::bigint as bytes
from caseload_marts.marts as m
join pg_catalog.pg_class as c
  on c.relnamespace = 'mart'::regnamespace
  and c.relname = m.mart
order by m.mart
