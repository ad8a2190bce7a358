-- The sources all of whose patients the acting role sees.
create or replace function caseload.care_sources()
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
    from caseload.care_entries('source') as e;
end
$$;
