-- Drops the leaves that dead operations staged to merge or split months, of all sources. Skips a month whose lock a
-- session holds: an operation works on it.
create or replace function caseload.drop_dead_ranges()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  staged record;
  dropped integer := 0;
begin
  for staged in
    select distinct
      g.source,
      date_trunc('month', g.from_date)::date as month
    from caseload.range_leaves as g
    where g.state = 'staged'
  loop
    if pg_try_advisory_xact_lock(caseload.month_key(staged.source, staged.month)) then
      dropped := dropped + caseload.drop_staged_ranges(staged.source, staged.month);
    end if;
  end loop;
  return dropped;
end
$$;
