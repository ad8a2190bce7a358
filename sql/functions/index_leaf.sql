-- Builds every index of its table on a filled staged leaf, so that ATTACH finds them and builds none under locks. An
-- index is named after the end of the leaf's name, which tells leaves apart: Postgres would cut that end off a long
-- name, and one schema cannot hold two indexes of one name. The message about a duplicate key is Caseload's own: the
-- server's message shows the values of the key, and the server logs it unless the error is caught.
create or replace function caseload.index_leaf(p_table text, p_leaf text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  parent_index record;
begin
  for parent_index in
    select
      right(p_leaf, 60) || '_' || row_number() over (order by i.indexrelid) as name,
      c.conname,
      pg_get_constraintdef(c.oid) as constraint_definition,
      i.indisunique,
      regexp_replace(pg_get_indexdef(i.indexrelid), '^.*? USING ', '') as index_definition
    from pg_catalog.pg_index as i
    left join pg_catalog.pg_constraint as c on c.conindid = i.indexrelid and c.contype in ('p', 'u')
    where i.indrelid = format('store.%I', p_table)::regclass
    order by i.indexrelid
  loop
    begin
      if parent_index.conname is not null then
        execute format('alter table caseload_stage.%I add constraint %I %s', p_leaf, parent_index.name, parent_index.constraint_definition);
      else
        execute format(
          'create %s index %I on caseload_stage.%I using %s',
          case when parent_index.indisunique then 'unique' else '' end,
          parent_index.name,
          p_leaf,
          parent_index.index_definition
        );
      end if;
    exception
      when unique_violation then
        raise exception 'two rows of a leaf of % have one key', p_table using errcode = 'unique_violation';
    end;
  end loop;
end
$$;
