-- One row per btree index of a table of store that is not its primary key: a JSON list of the names of the columns in it,
-- those that it only includes among them. An expression has no name and is left out.
select
  c.relname as table_name,
  (
    select json_agg(a.attname order by k.place)::text
    from unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
    inner join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
  ) as columns
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on c.oid = i.indrelid
inner join pg_catalog.pg_class as x on x.oid = i.indexrelid
inner join pg_catalog.pg_am as m on m.oid = x.relam
where c.relnamespace = 'store'::regnamespace
  and c.relkind = 'p'
  and m.amname = 'btree'
  and not i.indisprimary
