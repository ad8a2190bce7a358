-- Locks out readers from one more parent, while the transaction holds others. Waits no longer than p_patience, which may be negative;
-- then raises 55P03. Asks again and again and never queues up: every two seconds Citus looks for cycles of waiting transactions, and
-- ends the youngest of one at once, however short it has waited. That may be a reader.
create or replace function caseload.lock_next_parent(p_parent text, p_patience interval)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  waits_end constant timestamptz := clock_timestamp() + p_patience;
begin
  loop
    begin
      execute format('lock table only store.%I in access exclusive mode nowait', p_parent);
      return;
    exception when lock_not_available then
      if clock_timestamp() >= waits_end then
        raise;
      end if;
    end;
    perform pg_sleep(0.005);
  end loop;
end
$$;
