-- Locks out readers from one more parent, while the transaction holds others. Waits no longer than p_patience, which may be negative;
-- then raises 55P03.
create or replace function caseload.lock_next_parent(p_parent text, p_patience interval)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  patience_ms constant integer := extract(epoch from p_patience) * 1000;
begin
  -- A timeout of 0 means none.
  if patience_ms < 1 then
    execute format('lock table only store.%I in access exclusive mode nowait', p_parent);
    return;
  end if;
  perform set_config('lock_timeout', patience_ms || 'ms', true);
  execute format('lock table only store.%I in access exclusive mode', p_parent);
end
$$;
