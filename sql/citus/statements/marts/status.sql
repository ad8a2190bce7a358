-- One row per mart: how it is computed, its size on all machines, and the rows that the statistics of its shards know of. One that is
-- copied to every machine is small and has no statistics: it is counted.
select
  m.mart,
  m.kind,
  (
    select
      coalesce(sum(s.result::real) filter (where s.result::real > 0), 0)
    from run_command_on_shards(
      d.logicalrelid,
      case d.partmethod
        when 'h' then $$select reltuples from pg_catalog.pg_class where oid = '%s'::regclass$$
        else 'select count(*) from %s'
      end
    ) as s
    where s.success
  )::bigint as rows,
  citus_total_relation_size(d.logicalrelid)::bigint as bytes
from caseload.marts as m
join pg_catalog.pg_dist_partition as d on d.logicalrelid = to_regclass(format('mart.%I', m.mart))
order by m.mart
