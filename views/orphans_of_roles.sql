-- Grain: one row per row of store.user_roles and table, users or role_definitions, in which no batch has what it refers to. A step of
-- clinical.orphans, which says what counts. Reads store.user_roles, store.users and store.role_definitions.
-- read_with is the table whose delivery says which of these rows count.
create or replace view clinical.orphans_of_roles as
select
  c.source,
  'user_roles' as child_table,
  o.parent_table,
  null::text as patient_id,
  null::text as visit_id,
  c.batch_date,
  'no parent in any batch' as reason,
  'user_roles' as read_with,
  false as is_versioned,
  1::bigint as rows
from store.user_roles as c
cross join (values ('users'), ('role_definitions')) as o (parent_table)
where case o.parent_table
  when 'users' then not exists (
    select
    from (
      with defined as (
        select
          source,
          user_id
        from store.users
      )
      select * from defined
    ) as u
    where u.source = c.source
      and u.user_id = c.user_id
  )
  else not exists (
    select
    from (
      with defined as (
        select
          source,
          role_id
        from store.role_definitions
      )
      select * from defined
    ) as d
    where d.source = c.source
      and d.role_id = c.role_id
  )
end;
