-- Makes the staged leaf of one table, without indexes; rows are copied into it next, in the same transaction, so that
-- FREEZE holds. The two columns that are the same in every row are its defaults and are not sent: a quarter of the bytes
-- of a measurement. The CHECK covers both partition columns: only then does ATTACH skip its scan.
create or replace function caseload.create_leaf(p_table text, p_leaf text, p_source text, p_batch_date date)
returns void
language plpgsql
as $$
begin
  execute format('create table caseload_stage.%I (like store.%I including all excluding identity excluding indexes)', p_leaf, p_table);
  execute format(
    'alter table caseload_stage.%I add constraint caseload_bounds check (source = %L and batch_date >= %L and batch_date < %L)',
    p_leaf, p_source, p_batch_date, p_batch_date + 1
  );
  execute format(
    'alter table caseload_stage.%I alter column source set default %L, alter column batch_date set default %L',
    p_leaf, p_source, p_batch_date
  );
end
$$;
