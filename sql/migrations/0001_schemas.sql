-- The schemas: tables, identified views, ledger and quarantine, staged leaves, detached versions. `create schema if not
-- exists` asks for the right to create even where the schema is there, which a role may have been given instead.
do $$
declare
  missing text;
begin
  for missing in
    select
      s.name
    from unnest(array['store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept']) as s (name)
    where not exists (select from pg_catalog.pg_namespace as n where n.nspname = s.name)
  loop
    execute format('create schema %I', missing);
  end loop;
end
$$;
