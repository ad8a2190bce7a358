-- Drops the detached versions of one batch beyond the newest p_keep, and unmasked ones once a masked version is
-- published: they hold the identifiers that the masked load was to remove.
create or replace function caseload.drop_kept_versions(p_source text, p_batch_date date, p_keep integer)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
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
        caseload.is_masked(r.code_hash) as masked,
        row_number() over (order by r.published_at desc, r.run_id) as age
      from caseload.runs as r
      where r.source = p_source
        and r.batch_date = p_batch_date
        and r.status = 'replaced'
        and exists (select from caseload.tables as k where k.run_id = r.run_id and k.state = 'kept')
    ) as version on version.run_id = t.run_id
    where t.state = 'kept'
      and (
        version.age > p_keep
        or (
          not version.masked
          and exists (
            select
            from caseload.runs as published
            where published.source = p_source
              and published.batch_date = p_batch_date
              and published.status = 'published'
              and caseload.is_masked(published.code_hash)
          )
        )
      )
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
