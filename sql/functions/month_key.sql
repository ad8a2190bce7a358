-- The key of the advisory lock of one source's month, which a session holds while it changes which leaves the days of
-- that month have. Without a search_path of its own, as batch_key.
create or replace function caseload.month_key(p_source text, p_day date)
returns bigint
language sql
immutable
return hashtextextended(
  'caseload/' || p_source || '/month/' || extract(year from p_day) || '-' || extract(month from p_day),
  0
);
