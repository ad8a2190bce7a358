-- One row per name of a rule that rows in quarantine or counts of runs have, also of a rule that no longer exists. A count is
-- named by column and rule: `birth_date.range`.
select
  regexp_replace(k.rule, '^.*\.', '') as name
from caseload.tables as t
cross join lateral (
  select
    json_object_keys(t.quarantined_by) as rule
  union
  select
    json_object_keys(t.dropped)
) as k
union
select
  q.rule
from caseload.quarantine as q
order by
  1
