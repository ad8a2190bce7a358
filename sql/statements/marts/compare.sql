-- One row: how many rows a mart has, how many of them its live view has not, and how many of the view it lacks. Equal rows count as
-- often as they stand there. pipelines/marts/verify.ts replaces the placeholders by the name of both and by the columns of the view.
select
  coalesce(sum(f.in_mart), 0)::bigint as rows,
  coalesce(sum(greatest(f.in_mart - f.in_view, 0)), 0)::bigint as surplus,
  coalesce(sum(greatest(f.in_view - f.in_mart, 0)), 0)::bigint as missing
from (
  select
    s.line,
    count(*) filter (where s.is_mart) as in_mart,
    count(*) filter (where not s.is_mart) as in_view
  from (
    select
      row(:columns)::text as line,
      true as is_mart
    from mart.:name
    union all
    select
      row(:columns)::text,
      false
    from clinical.:name
  ) as s
  group by s.line
) as f
