-- The sources whose visits can be recomputed one by one, one row each: their children come and go with the batch of a visit, and no
-- list stands for all there is.
select
  s.source
from caseload.sources as s
where not exists (
  select
  from caseload.deliveries as d
  where d.source = s.source
    and d.table_name in ('visits', 'diagnoses', 'treatments', 'procedures')
    and (d.children = 'entity' or d.delivery = 'full')
)
