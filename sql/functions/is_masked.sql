-- True for a run that stored pseudonyms: a tag of the key follows its code hash after a colon. A run without a code hash
-- counts as unmasked.
create or replace function caseload.is_masked(p_code_hash text)
returns boolean
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
return coalesce(strpos(p_code_hash, ':') > 0, false);
