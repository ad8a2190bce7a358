-- Takes from PUBLIC the right to call functions that execute as their owner, also in a database without roles.
do $$
declare
  open record;
begin
  for open in
    select
      p.oid::regprocedure as identity
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'caseload'::regnamespace
      and p.prosecdef
      and exists (
        select
        from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
        where acl.grantee = 0
      )
  loop
    execute format('revoke execute on function %s from public', open.identity);
  end loop;
end
$$
