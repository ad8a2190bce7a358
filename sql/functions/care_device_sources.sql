-- The sources whose devices the acting role sees: by an entry, or as a developer or device integrator in their role data.
create or replace function caseload.care_device_sources()
returns setof text
language plpgsql
stable
rows 5
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select
      e.source
    from caseload.care_entries('devices') as e
    union
    select
      c.source
    from caseload.care_categories() as c
    where c.category in ('developer', 'device_integrator');
end
$$;
