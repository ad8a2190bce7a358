-- The name of the leaf of one table of a run; leafName in pipelines/source/batch.ts does the same, and a test compares both.
create or replace function caseload.leaf_name(p_table text, p_source text, p_batch_date date, p_run_id uuid)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    case
      when length(p_table) <= n.room then p_table || n.tail
      else left(p_table, n.room - 5) || '_' || left(encode(sha256(convert_to(p_table, 'UTF8')), 'hex'), 4) || n.tail
    end
  from (
    select
      t.tail,
      63 - length(t.tail) as room
    from (
      select
        '_' || p_source || '_' || to_char(p_batch_date, 'YYYYMMDD') || '_' || left(p_run_id::text, 8) as tail
    ) as t
  ) as n
$$;
