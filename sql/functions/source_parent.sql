-- The name of the parent of one source below one table, in schema store; a long one ends in a hash, to fit 63 bytes.
create or replace function caseload.source_parent(p_table text, p_source text)
returns text
language sql
immutable
as $$
  select case
    when length(p_table || '_' || p_source) <= 63 then p_table || '_' || p_source
    else left(p_table || '_' || p_source, 54) || '_' || left(md5(p_table || '_' || p_source), 8)
  end
$$;
