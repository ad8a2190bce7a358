-- The key of the advisory lock of one batch, which the session holds that will publish it. Called per row, so without a
-- search_path of its own, which would keep it from being inlined: names of such a body are looked up once, when it is made.
create or replace function caseload.batch_key(p_source text, p_batch_date date)
returns bigint
language sql
immutable
return hashtextextended('caseload/' || p_source || '/' || p_batch_date::text, 0);
