-- $1 a source; $2, $3 the first days of its emergency visits, inpatient and intensive care stays, before and now ('infinity' for
-- none); $4 whether it began or ceased to code procedures. Who has a stay in it that looks back to another day, one row each.
-- A stay begins with its first leg, which may be in another source.
select distinct
  s.person_id
from mart.person_visits as s
join (
  select
    person_id,
    started_on
  from mart.person_visits
) as b
  on b.person_id = s.person_id
where s.source = $1
  and s.visit_type in ('inpatient', 'icu')
  and (
    $4
    or (($2::date[])[1] <= b.started_on - interval '6 months') <> (($3::date[])[1] <= b.started_on - interval '6 months')
    or (($2::date[])[2] <= b.started_on - interval '12 months') <> (($3::date[])[2] <= b.started_on - interval '12 months')
    or (($2::date[])[3] <= b.started_on - interval '12 months') <> (($3::date[])[3] <= b.started_on - interval '12 months')
  )
