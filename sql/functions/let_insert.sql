-- Lets whoever stages insert into a leaf that this transaction has made, or takes the right back. COPY with FREEZE needs no more. Does nothing
-- in a database without roles.
create or replace function caseload.let_insert(p_leaf text, p_may boolean)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  stager text;
begin
  for stager in
    select
      r.rolname
    from caseload.access as a
    join pg_catalog.pg_roles as r on r.rolname in (a.prefix || '_loader', a.prefix || '_operator')
  loop
    if p_may then
      execute format('grant insert on caseload_stage.%I to %I', p_leaf, stager);
    else
      execute format('revoke insert on caseload_stage.%I from %I', p_leaf, stager);
    end if;
  end loop;
end
$$;
