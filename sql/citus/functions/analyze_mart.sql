-- Renews the statistics of a mart that is distributed. One that is copied to every machine is small, and Citus refuses to analyze it in
-- the transaction that filled the copy of this machine.
create or replace function caseload.analyze_mart(p_mart text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select
    from caseload.marts as m
    join pg_catalog.pg_dist_partition as d on d.logicalrelid = to_regclass(format('mart.%I', m.mart))
    where m.mart = p_mart
      and d.partmethod = 'h'
  ) then
    execute format('analyze mart.%I', p_mart);
  end if;
end
$$;
