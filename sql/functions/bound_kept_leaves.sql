-- Adds the CHECK to the kept leaves of a run again, which publish dropped: only with it ATTACH skips its scan. Reads all
-- their rows, which no reader sees, so this comes before any lock that readers notice. Safe to call twice.
create or replace function caseload.bound_kept_leaves(p_run_id uuid)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  leaf record;
  bounded integer := 0;
begin
  for leaf in
    select
      t.leaf as name,
      r.source,
      r.batch_date
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where t.run_id = p_run_id
      and t.state = 'kept'
      and t.leaf is not null
    order by 1
  loop
    execute format('alter table caseload_kept.%I drop constraint if exists caseload_bounds', leaf.name);
    execute format(
      'alter table caseload_kept.%I add constraint caseload_bounds check (source = %L and batch_date >= %L and batch_date < %L)',
      leaf.name, leaf.source, leaf.batch_date, leaf.batch_date + 1
    );
    bounded := bounded + 1;
  end loop;
  return bounded;
end
$$;
