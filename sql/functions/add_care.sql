-- Adds an entry to the care team, in the name of the login, and returns its id. Raises CL007 for a member who is no role of the
-- server or is one of Caseload's, and for a source that the ledger does not know.
create or replace function caseload.add_care(
  p_member text,
  p_sees text,
  p_source text,
  p_id text,
  p_starts_at timestamptz,
  p_ends_at timestamptz
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made bigint;
begin
  if not exists (select from pg_catalog.pg_roles as r where r.rolname = p_member) then
    raise exception 'expected a login or a group of this server, found no role of that name' using errcode = 'CL007';
  end if;
  if exists (select from caseload.access as a where starts_with(p_member, a.prefix || '_')
    and substr(p_member, length(a.prefix) + 2) in ('owner', 'loader', 'operator', 'clinical', 'care', 'quality', 'audit'))
  then
    raise exception 'expected a login or a group of yours, found a role of Caseload: all its members would see the rows' using errcode = 'CL007';
  end if;
  if p_source is not null and not exists (select from caseload.sources as s where s.source = p_source) then
    raise exception 'expected a source that has run in this database, found none of that name' using errcode = 'CL007';
  end if;
  insert into caseload.care_team (member, sees, source, id, starts_at, ends_at, added_by)
  values (p_member, p_sees, p_source, p_id, coalesce(p_starts_at, statement_timestamp()), p_ends_at, session_user)
  returning entry_id into made;
  return made;
end
$$;
