-- Ends an entry of the care team now, in the name of the login; one that has not begun ends as it begins. False if there is no such
-- entry, or it has ended.
create or replace function caseload.end_care(p_entry_id bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update caseload.care_team as t
  set
    starts_at = least(t.starts_at, statement_timestamp() - interval '1 microsecond'),
    ends_at = statement_timestamp(),
    ended_by = session_user
  where t.entry_id = p_entry_id
    and (t.ends_at is null or t.ends_at > statement_timestamp());
  return found;
end
$$;
