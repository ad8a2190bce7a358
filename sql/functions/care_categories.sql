-- The categories that the role data of a source give to the users who the acting role is. Only the newest published list counts,
-- whatever the delivery: who is not in it has no role.
create or replace function caseload.care_categories()
returns table (source text, user_id text, category text)
language plpgsql
stable
rows 5
set search_path = pg_catalog, pg_temp
as $$
declare
  linked record;
begin
  for linked in
    select
      e.source,
      e.id,
      max(p.batch_date) filter (where p.table_name = 'user_roles') as roles_date,
      max(p.batch_date) filter (where p.table_name = 'role_definitions') as definitions_date
    from caseload.care_entries('user') as e
    join caseload.published as p on p.source = e.source
    group by
      e.source,
      e.id
  loop
    return query
      select
        linked.source,
        r.user_id,
        replace(lower(trim(d.category)), ' ', '_')
      from store.user_roles as r
      join store.role_definitions as d
        on d.source = linked.source
        and d.batch_date = linked.definitions_date
        and d.role_id = r.role_id
      where r.source = linked.source
        and r.batch_date = linked.roles_date
        and r.user_id = linked.id;
  end loop;
end
$$;
