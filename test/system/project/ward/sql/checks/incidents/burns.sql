-- Grain: one row per burn, which somebody looks at.
-- severity: warn
-- by: kind
select
  *
from incidents
where kind = 'burn'
