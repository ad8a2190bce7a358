-- $1 a view of schema care, $2 a view. Whether both have the same definition and options.
select
  pg_get_viewdef(c.oid) = pg_get_viewdef(m.oid)
  and c.reloptions is not distinct from m.reloptions as is_equal
from pg_catalog.pg_class as c
cross join pg_catalog.pg_class as m
where c.oid = to_regclass(format('care.%I', $1::text))
  and m.oid = to_regclass($2)
