-- What the entries of the care team let the acting role see now: the role of SET ROLE, or else the login. Both are the session's, also
-- inside a function that executes as another role. Not the day of the session, which its time zone could move.
create or replace function caseload.care_entries()
returns table (sees text, source text, id text)
language sql
stable
rows 10
security definer
set search_path = pg_catalog, pg_temp
as $$
  select distinct
    t.sees,
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
    and t.starts_at <= statement_timestamp()
    and (t.ends_at is null or t.ends_at > statement_timestamp())
$$;
