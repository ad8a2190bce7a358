-- One row per description of a live view or of one of its columns: the statement that gives it to the view of schema care.
select
  case
    when d.objsubid = 0 then format('comment on view care.%I is %L', m.relname, d.description)
    else format('comment on column care.%I.%I is %L', m.relname, a.attname, d.description)
  end as statement
from pg_catalog.pg_class as v
join pg_catalog.pg_description as d
  on d.objoid = v.oid
  and d.classoid = 'pg_class'::regclass
join pg_catalog.pg_class as m
  on m.relnamespace = 'care'::regnamespace
  and m.relname = v.relname
left join pg_catalog.pg_attribute as a
  on a.attrelid = v.oid
  and a.attnum = d.objsubid
where v.relnamespace = 'clinical'::regnamespace
