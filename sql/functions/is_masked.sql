-- True for a run that stored pseudonyms: a tag of the key follows its code hash after a colon. A run without a code hash
-- counts as unmasked. Without a search_path of its own, as batch_key.
create or replace function caseload.is_masked(p_code_hash text)
returns boolean
language sql
immutable
parallel safe
return coalesce(strpos(p_code_hash, ':') > 0, false);
