-- What a database of plain Postgres needs so that the layout of a Citus target can be made in it: the functions and the catalog of Citus that
-- Caseload uses. Nothing is distributed. They refuse, with the words of Citus 13, what Citus refuses about a table when it is distributed.
set allow_system_table_mods = on;

create table pg_catalog.pg_dist_partition (
  logicalrelid regclass primary key,
  partmethod "char" not null,
  distribution_column text,
  repmodel "char" not null,
  -- A leaf keeps its name when it moves to another schema; the rows of dropped ones stay.
  placed_as name not null
);

grant select on pg_catalog.pg_dist_partition to public;

create function pg_catalog.citus_stub_place(p_table regclass, p_method "char", p_column text, p_model "char")
returns void
language plpgsql
security definer
as $$
declare
  placed pg_catalog.pg_class;
  key record;
begin
  select * into placed from pg_catalog.pg_class where oid = p_table;
  if placed.relpersistence = 't' then
    raise exception 'cannot distribute a temporary table';
  end if;
  if placed.relkind = 'p' and placed.relispartition then
    raise exception 'distributing multi-level partitioned tables is not supported';
  end if;
  -- A local table that Citus knows may become a reference table.
  if exists (
    select
    from pg_catalog.pg_dist_partition as d
    where d.logicalrelid = p_table
      and not (d.partmethod = 'n' and d.repmodel = 's' and p_model = 't')
  ) then
    raise exception 'table "%" is already distributed', placed.relname;
  end if;
  for key in
    select
      k.indexrelid::regclass as name
    from pg_catalog.pg_index as k
    where k.indrelid = p_table
      and k.indisunique
      and p_method = 'h'
      and not exists (
        select
        from pg_catalog.pg_attribute as a
        where a.attrelid = p_table
          and a.attname = p_column
          and a.attnum = any (k.indkey)
      )
  loop
    raise exception 'cannot create constraint on "%": % does not include the distribution column', placed.relname, key.name;
  end loop;
  insert into pg_catalog.pg_dist_partition (logicalrelid, partmethod, distribution_column, repmodel, placed_as)
  values (p_table, p_method, p_column, p_model, placed.relname)
  on conflict (logicalrelid) do update
  set
    partmethod = excluded.partmethod,
    repmodel = excluded.repmodel;
end
$$;

create function pg_catalog.create_distributed_table(
  table_name regclass,
  distribution_column text,
  distribution_type text default 'hash',
  colocate_with text default 'default',
  shard_count integer default null
)
returns void
language plpgsql
as $$
begin
  if colocate_with not in ('default', 'none')
    and not exists (select from pg_catalog.pg_dist_partition as d where d.logicalrelid = colocate_with::regclass and d.partmethod = 'h')
  then
    raise exception 'relation % is not distributed', colocate_with;
  end if;
  perform pg_catalog.citus_stub_place(table_name, 'h', distribution_column, 's');
end
$$;

create function pg_catalog.create_reference_table(table_name regclass)
returns void
language sql
as $$
  select pg_catalog.citus_stub_place(table_name, 'n', null, 't')
$$;

create function pg_catalog.citus_add_local_table_to_metadata(table_name regclass, cascade_via_foreign_keys boolean default false)
returns void
language sql
as $$
  select pg_catalog.citus_stub_place(table_name, 'n', null, 's')
$$;

-- Each table has one shard: itself.
create function pg_catalog.run_command_on_shards(table_name regclass, command text, parallel boolean default true)
returns table (shardid bigint, success boolean, result text)
language plpgsql
as $$
begin
  shardid := 1;
  success := true;
  execute format(command, table_name) into result;
  return next;
end
$$;

create function pg_catalog.citus_total_relation_size(logicalrelid regclass, fail_on_error boolean default true)
returns bigint
language sql
as $$
  select pg_catalog.pg_total_relation_size(logicalrelid)
$$;

set allow_system_table_mods = off;
