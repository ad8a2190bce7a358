-- One row: the encoding of the database, and the functions in the ledger's schema that another role owns and that a call
-- could reach in place of Caseload's. Roles with all rights of the session's role do not count as another: superusers,
-- the owner of the database, members of the role, and roles that it is a member of. The owner of the schema made the
-- ledger, and a role that only reads trusts it. The owner of schema store does not count as
-- another either: while all objects move to the owner's role, that schema moves before the functions, and the ledger's last.
select
  current_setting('server_encoding') as encoding,
  (
    select
      coalesce(string_agg(p.oid::regprocedure::text || ' of ' || r.rolname, ', ' order by p.oid::regprocedure::text), '')
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    join pg_catalog.pg_roles as r on r.oid = p.proowner
    where n.nspname = 'caseload'
      and not (
        r.rolname = current_user
        or r.rolsuper
        or p.proowner = n.nspowner
        or p.proowner = (select s.nspowner from pg_catalog.pg_namespace as s where s.nspname = 'store')
        or p.proowner = (select d.datdba from pg_catalog.pg_database as d where d.datname = current_database())
        or pg_has_role(p.proowner, current_user, 'member')
        or (pg_has_role(p.proowner, 'usage') and not (select me.rolsuper from pg_catalog.pg_roles as me where me.rolname = current_user))
      )
  ) as strange_functions
