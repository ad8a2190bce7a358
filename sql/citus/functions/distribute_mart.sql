-- Distributes a new, empty mart by its patients, next to the tables that it is made from; one without patients is copied to every
-- machine.
create or replace function caseload.distribute_mart(p_mart text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select
    from pg_catalog.pg_attribute as a
    where a.attrelid = format('mart.%I', p_mart)::regclass
      and a.attname = 'patient_id'
      and a.atttypid = 'text'::regtype
  ) then
    perform create_distributed_table(format('mart.%I', p_mart)::regclass, 'patient_id', colocate_with => 'store.patients');
  else
    perform create_reference_table(format('mart.%I', p_mart)::regclass);
  end if;
end
$$;
