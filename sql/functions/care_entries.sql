-- What the entries of the care team of one kind let the acting role see now: the source, and the id of a patient, a facility or a user.
-- The acting role is that of SET ROLE, or else the login: both are the session's, also inside a function that executes as another role.
-- Not the day of the session, which its time zone could move.
create or replace function caseload.care_entries(p_sees text)
returns table (source text, id text)
language plpgsql
stable
rows 10
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select
      t.source,
      t.id
    from caseload.care_team as t
    where t.member = any (
        array(
          select
            r.rolname::text
          from pg_catalog.pg_roles as r
          where pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user)::name, r.oid, 'usage')
        )
      )
      and t.sees = p_sees
      and t.starts_at <= statement_timestamp()
      and (t.ends_at is null or t.ends_at > statement_timestamp());
end
$$;
