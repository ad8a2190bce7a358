-- Drops the detached versions of one batch beyond the newest p_keep of them.
create or replace function caseload.drop_kept_versions(p_source text, p_batch_date date, p_keep integer)
returns integer
language plpgsql
as $$
declare
  leaf record;
  dropped integer := 0;
begin
  for leaf in
    select
      t.run_id,
      t.table_name,
      t.leaf as name
    from caseload.tables as t
    join (
      select
        r.run_id,
        row_number() over (order by r.published_at desc, r.run_id) as age
      from caseload.runs as r
      where r.source = p_source
        and r.batch_date = p_batch_date
        and r.status = 'replaced'
        and exists (select from caseload.tables as k where k.run_id = r.run_id and k.state = 'kept')
    ) as version on version.run_id = t.run_id
    where t.state = 'kept'
      and version.age > p_keep
  loop
    if leaf.name is not null then
      execute format('drop table if exists caseload_kept.%I', leaf.name);
      dropped := dropped + 1;
    end if;
    update caseload.tables
    set state = 'dropped'
    where run_id = leaf.run_id
      and table_name = leaf.table_name;
  end loop;
  return dropped;
end
$$;
