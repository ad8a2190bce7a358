-- The single patients whom the acting role sees: those of its entries, those with a visit at its facilities, and itself where role
-- data call it a patient. Visits are taken from their mart, if there is one.
create or replace function caseload.care_patients()
returns table (source text, patient_id text)
language plpgsql
stable
rows 400
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  sources text[];
  facilities text[];
begin
  return query
    select
      e.source,
      e.id
    from caseload.care_entries('patient') as e
    union
    select
      c.source,
      c.user_id
    from caseload.care_categories() as c
    where c.category = 'patient';
  select
    array_agg(e.source),
    array_agg(e.id)
  into
    sources,
    facilities
  from caseload.care_entries('facility') as e;
  if sources is null then
    return;
  end if;
  return query execute format(
    'select distinct v.source, v.patient_id from %s as v '
    'where (v.source, v.facility) in (select u.source, u.facility from unnest($1, $2) as u (source, facility))',
    case
      when exists (select from caseload.marts as m where m.mart = 'latest_visits') then 'mart.latest_visits'
      else 'clinical.latest_visits'
    end
  )
  using
    sources,
    facilities;
end
$$;
