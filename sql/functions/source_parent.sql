-- The name of the parent of one source below one table, in schema store. A name that is too long for 63 bytes, or taken,
-- ends in a hash: measurements of a source `hourly` cannot be in measurements_hourly, which is a table itself.
create or replace function caseload.source_parent(p_table text, p_source text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select n.name
  from (
    values
      (1, p_table || '_' || p_source),
      (2, left(p_table || '_' || p_source, 54) || '_' || left(md5(p_table || '_' || p_source), 8)),
      (3, left(p_table || '_' || p_source, 54) || '_' || left(md5(p_table || '/' || p_source), 8))
  ) as n (place, name)
  where length(n.name) <= 63
    and not exists (
      select
      from pg_catalog.pg_class as c
      where c.relnamespace = 'store'::regnamespace
        and c.relname = n.name
        and not exists (
          select
          from pg_catalog.pg_inherits as i
          join pg_catalog.pg_class as above on above.oid = i.inhparent
          where i.inhrelid = c.oid
            and above.relnamespace = c.relnamespace
            and above.relname = p_table
        )
    )
  order by n.place
  limit 1
$$;
