-- Records what a source declares: transformer, class, zone, schedule, due, days of lag, and its tables as a JSON array of
-- {"table", "delivery", "children"}.
create or replace function caseload.register_source(
  p_source text,
  p_transformer text,
  p_class text,
  p_zone text,
  p_schedule text,
  p_due text,
  p_lag_days integer,
  p_tables json
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into caseload.sources (
    source,
    transformer,
    class,
    zone,
    schedule,
    due,
    lag_days
  )
  values (
    p_source,
    p_transformer,
    p_class,
    p_zone,
    p_schedule,
    p_due,
    p_lag_days
  )
  on conflict (source) do update
  set
    transformer = excluded.transformer,
    class = excluded.class,
    zone = excluded.zone,
    schedule = excluded.schedule,
    due = excluded.due,
    lag_days = excluded.lag_days;

  delete from caseload.deliveries as old
  where old.source = p_source
    and old.table_name not in (select d."table" from json_to_recordset(p_tables) as d ("table" text));

  insert into caseload.deliveries (
    source,
    table_name,
    delivery,
    children
  )
  select
    p_source,
    d."table",
    d.delivery,
    d.children
  from json_to_recordset(p_tables) as d (
    "table" text,
    delivery text,
    children text
  )
  on conflict (source, table_name) do update
  set
    delivery = excluded.delivery,
    children = excluded.children;
end
$$;
