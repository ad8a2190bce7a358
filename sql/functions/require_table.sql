-- Raises CL006 unless Caseload has made this table of schema store: owner functions take no other name.
create or replace function caseload.require_table(p_table text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from caseload.made as m where m.schema_name = 'store' and m.object_name = p_table) then
    raise exception 'expected a table of schema store that Caseload has made' using errcode = 'CL006';
  end if;
end
$$;
