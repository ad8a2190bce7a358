-- Locks out readers from a source's parents below these tables until the transaction ends. A lock that is not free in
-- time raises 55P03, with the parent in the error's table field, and the caller tries again with that parent as p_first.
-- A reader may hold one of the parents and want another. So only the first parent, when nothing is held yet, and the
-- leaves, when no reader of them is left, may take p_lock_timeout; the parents between get p_next_lock_timeout each.
-- With 300 ms for each of four, a reader waited over deadlock_timeout and was killed as the deadlock's victim.
create or replace function caseload.lock_parents(
  p_source text,
  p_tables text[],
  p_lock_timeout text,
  p_next_lock_timeout text,
  p_first text
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  parent record;
begin
  perform set_config('lock_timeout', p_lock_timeout, true);
  for parent in
    select
      caseload.source_parent(t.table_name, p_source) as name
    from unnest(p_tables) as t (table_name)
    group by 1
    order by
      caseload.source_parent(t.table_name, p_source) is distinct from p_first,
      1
  loop
    begin
      execute format('lock table only store.%I in access exclusive mode', parent.name);
    exception when lock_not_available then
      raise exception 'readers hold %', parent.name using errcode = 'lock_not_available', table = parent.name;
    end;
    perform set_config('lock_timeout', p_next_lock_timeout, true);
  end loop;
  perform set_config('lock_timeout', p_lock_timeout, true);
end
$$;
