-- True if the acting role sees every patient: by an entry, or as an administrator in the role data of a source.
create or replace function caseload.care_sees_all()
returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (select from caseload.care_entries('all'))
    or exists (select from caseload.care_categories() as c where c.category = 'administrator');
end
$$;
