-- Removes the marts, what they were made from, and the notes for their refresh. Fails if an object of a user depends on them.
do $$
declare
  gone record;
begin
  for gone in
    select
      c.relname as name,
      case c.relkind when 'v' then 'view' else 'table' end as kind
    from pg_catalog.pg_class as c
    where c.relnamespace = to_regnamespace('mart')
      and (
        c.relname = 'freshness'
        or c.relname in (select mart from caseload.marts)
        or c.relkind = 'v' and c.relname in (select relname from pg_catalog.pg_class where relnamespace = 'clinical'::regnamespace)
      )
    order by
      c.relkind = 'v' desc,
      c.oid desc
  loop
    execute format('drop %s mart.%I', gone.kind, gone.name);
  end loop;
end
$$;

drop schema if exists mart;
