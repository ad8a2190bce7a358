-- Pins a batch, in place of its pin if it has one: a backfill leaves it alone until a run publishes it.
create or replace function caseload.pin(p_source text, p_batch_date date, p_kind text, p_reason text, p_by text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Not now(), the start of this call: a backfill that began while it waited for readers has not seen the pin.
  insert into caseload.pins (source, batch_date, pinned_at, kind, reason, pinned_by)
  values (p_source, p_batch_date, clock_timestamp(), p_kind, p_reason, p_by)
  on conflict (source, batch_date) do update
  set
    pinned_at = excluded.pinned_at,
    kind = excluded.kind,
    reason = excluded.reason,
    pinned_by = excluded.pinned_by;
end
$$;
