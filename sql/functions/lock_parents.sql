-- Locks out readers from a source's parents below these tables until the transaction ends. A lock that is not free in
-- time raises 55P03, with the parent in the error's table field, and the caller tries again with that parent as p_first.
-- A reader may hold one of the parents and want another. So only the first parent, when nothing is held yet, and the
-- leaves, when no reader of them is left, may take p_lock_timeout; the parents between get p_next_lock_timeout each.
-- A reader who queues up behind the first parent looks for a deadlock once, deadlock_timeout after that. All waits end in half
-- that time, so that it finds none and is never the victim. Without that end, one reader was killed after a first wait of 1 s.
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
  waits_end constant timestamptz := clock_timestamp() + current_setting('deadlock_timeout')::interval / 2;
begin
  perform set_config('lock_timeout', p_lock_timeout, true);
  for parent in
    select
      t.name,
      row_number() over (
        order by
          t.name is distinct from p_first,
          t.name
      ) = 1 as is_first
    from (
      select distinct
        caseload.source_parent(u.table_name, p_source)
      from unnest(p_tables) as u (table_name)
    ) as t (name)
    order by
      is_first desc,
      t.name
  loop
    begin
      if parent.is_first then
        execute format('lock table only store.%I in access exclusive mode', parent.name);
      else
        perform caseload.lock_next_parent(parent.name, least(p_next_lock_timeout::interval, waits_end - clock_timestamp()));
      end if;
    exception when lock_not_available then
      raise exception 'readers hold %', parent.name using errcode = 'lock_not_available', table = parent.name;
    end;
  end loop;
  perform set_config('lock_timeout', p_lock_timeout, true);
end
$$;
