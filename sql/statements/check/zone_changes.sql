-- One row per moment at which the clocks of zone $1 change, from 1850 to 2100, and one for the beginning.
-- moment and ahead are seconds: since 1970, and how far the clocks are ahead of UTC from then on. Within the statement
-- seconds count from 1850, so that none is negative: DuckDB shifts no negative number.
-- The same text runs in DuckDB and in PostgreSQL, so each is asked for its own rules in the same way.
-- A probe every six days finds all changes but one: since 1900, and as far ahead as rules are known, the nearest two of any
-- zone are 6.96 days apart, after Freetown's 3.99 of 1939. Each is then found to the second by halving. Both programs
-- together take 0.12 s on two cores that much else shares.
with recursive
probes as (
  select
    g.n * 518400::bigint as high,
    lag(g.n * 518400::bigint) over (order by g.n) as low,
    g.ahead,
    lag(g.ahead) over (order by g.n) as ahead_low
  from (
    select
      s.n,
      date_part('epoch', timezone($1, to_timestamp((s.n * 518400::bigint - 3786825600)::float8)))
        - (s.n * 518400::bigint - 3786825600) as ahead
    from generate_series(0, 15218) as s (n)
  ) as g
),
narrowed as (
  select
    p.low,
    p.high,
    p.ahead_low,
    p.ahead
  from probes as p
  where p.ahead <> p.ahead_low
  union all
  select
    case when h.middle_ahead = h.ahead_low then h.middle else h.low end as low,
    case when h.middle_ahead = h.ahead_low then h.high else h.middle end as high,
    h.ahead_low,
    case when h.middle_ahead = h.ahead_low then h.ahead else h.middle_ahead end as ahead
  from (
    select
      m.low,
      m.high,
      m.ahead_low,
      m.ahead,
      m.middle,
      date_part('epoch', timezone($1, to_timestamp((m.middle - 3786825600)::float8)))
        - (m.middle - 3786825600) as middle_ahead
    from (
      select
        n.low,
        n.high,
        n.ahead_low,
        n.ahead,
        (n.low + n.high) >> 1 as middle
      from narrowed as n
      where n.high - n.low > 1
    ) as m
  ) as h
)
select
  c.second - 3786825600 as moment,
  c.ahead
from (
  select
    p.high as second,
    p.ahead
  from probes as p
  where p.high = 0
  union all
  select
    n.high as second,
    n.ahead
  from narrowed as n
  where n.high - n.low = 1
) as c
order by c.second
