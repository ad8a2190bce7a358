-- $1 table, $2 staged leaf, $3 leaves to copy from, $4 first day, $5 the day after the last. One row: the two halves of a
-- copy of those days into the leaf, each with all columns of the table by name.
with columns as (
  select
    string_agg(quote_ident(a.attname), ', ' order by a.attnum) as list
  from pg_catalog.pg_attribute as a
  where a.attrelid = format('store.%I', $1::text)::regclass
    and a.attnum > 0
    and not a.attisdropped
    and a.attgenerated = ''
)
select
  format(
    'copy (%s) to stdout (format binary)',
    string_agg(
      format('select %s from store.%I where batch_date >= %L and batch_date < %L', c.list, f.leaf, $4::date, $5::date),
      ' union all ' order by f.position
    )
  ) as read,
  format('copy caseload_stage.%I (%s) from stdin (format binary, freeze)', $2::text, c.list) as write
from columns as c
cross join unnest($3::text[]) with ordinality as f (leaf, position)
group by c.list
