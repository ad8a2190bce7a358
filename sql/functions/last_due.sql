-- The last day of which a delivery is due by now: `lag` days after it, at `due` in the zone. lastDue in
-- pipelines/source/schedule.ts does the same, and a test compares both. A zone that this server does not know counts as UTC, so
-- that one source breaks no view.
create or replace function caseload.last_due(p_zone text, p_due text, p_lag_days integer)
returns date
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  here timestamp;
begin
  begin
    here := now() at time zone p_zone;
  exception when invalid_parameter_value then
    here := now() at time zone 'UTC';
  end;
  return (here - p_due::interval)::date - p_lag_days;
end
$$;
