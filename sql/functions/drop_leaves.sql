-- Drops what a run staged and will never publish, and marks it as dropped. Readers have never seen these tables.
create or replace function caseload.drop_leaves(p_run_id uuid)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  leaf record;
  dropped integer := 0;
begin
  for leaf in
    select
      t.leaf as name
    from caseload.tables as t
    where t.run_id = p_run_id
      and t.state = 'staged'
      and t.leaf is not null
  loop
    execute format('drop table if exists caseload_stage.%I', leaf.name);
    dropped := dropped + 1;
  end loop;
  update caseload.tables
  set state = 'dropped'
  where run_id = p_run_id
    and state = 'staged';
  return dropped;
end
$$;
