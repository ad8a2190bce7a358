-- $1 JSON: a list of { schema, relation, column, text }; a column of null is the relation itself. One row per comment that
-- the database lacks or has otherwise: the statement that writes it. Without what does not exist, what Caseload has not
-- made, and what belongs to another role, which alone may write it.
select
  format(
    'comment on %s %I.%I%s is %L',
    case
      when w.column_name is not null then 'column'
      when c.relkind = 'v' then 'view'
      else 'table'
    end,
    w.schema_name,
    w.relation_name,
    case when w.column_name is null then '' else format('.%I', w.column_name) end,
    w.comment
  ) as statement
from (
  select
    e.value ->> 'schema' as schema_name,
    e.value ->> 'relation' as relation_name,
    e.value ->> 'column' as column_name,
    e.value ->> 'text' as comment
  from jsonb_array_elements($1::jsonb) as e (value)
) as w
join pg_catalog.pg_namespace as n on n.nspname = w.schema_name
join pg_catalog.pg_class as c
  on c.relnamespace = n.oid
  and c.relname = w.relation_name
  and c.relkind in ('r', 'p', 'v')
join caseload.made as m
  on m.schema_name = w.schema_name
  and m.object_name = w.relation_name
left join pg_catalog.pg_attribute as a
  on a.attrelid = c.oid
  and a.attname = w.column_name
  and a.attnum > 0
  and not a.attisdropped
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_class'::regclass
  and d.objoid = c.oid
  and d.objsubid = coalesce(a.attnum, 0)
where (w.column_name is null or a.attnum is not null)
  and d.description is distinct from w.comment
  and pg_has_role(c.relowner, 'usage')
