-- Renews the statistics of a mart.
create or replace function caseload.analyze_mart(p_mart text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from caseload.marts as m where m.mart = p_mart) then
    execute format('analyze mart.%I', p_mart);
  end if;
end
$$;
