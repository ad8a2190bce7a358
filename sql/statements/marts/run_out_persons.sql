-- $1 a source, $2 and $3 its newest day before and now (null where there was none). Who has a stay that enters or leaves the
-- run-out of a definition, one row each.
select distinct
  v.person_id
from mart.person_visits as v
join caseload.readmission_definitions as d
  on v.ended_on > least(coalesce($2::date, '-infinity'), coalesce($3::date, '-infinity')) - d.run_out_days
  and v.ended_on <= greatest($2::date, $3::date) - d.run_out_days
where v.source = $1
