-- Grain: one row per definition of caseload.readmission_definitions and stay (a visit of a type that the definition
-- names), in the order of the person's stays. Reads clinical.person_visits and
-- clinical.person_deaths. What counts is said in clinical.readmissions. excluded_for is the reason for which the stay alone
-- is no index, last_day the last of the days after a discharge on which an admission counts. The run-out depends on the newest
-- day of a source and is in clinical.readmissions: what reads the stays alone does not change with each day.
-- position is the stay's place among the person's stays (admitted_at, discharged_at, visit_id). An episode is a run of
-- stays that the definition merges, so its positions have no gap; final_position is its stay with the last discharge,
-- last_position its last stay. Each stay is held against the one before it; where overlaps are merged, against the one
-- before it that ended last, because a short stay may lie inside a long one. A stay without a discharge is open: it
-- merges into an earlier one, but covers nothing after it, so that one discharge that was never delivered does not
-- swallow all later stays of the person.
create or replace view clinical.readmission_stays as
select
  e.definition,
  e.source,
  e.patient_id,
  e.person_id,
  e.visit_id,
  e.visit_type,
  e.admission_type,
  e.discharge_disposition,
  e.facility,
  e.service,
  e.zone,
  e.started_on,
  e.ended_on,
  e.starts_at,
  e.ends_at,
  e.admitted_at,
  e.discharged_at,
  e.last_day,
  e.exclude_planned,
  e.exclude_same_day,
  e.run_out_days,
  e.excluded_for,
  e.position,
  e.episode,
  (
    max(array[coalesce(extract(epoch from e.ends_at), 'infinity')::float8, e.position]) over whole_episode
  )[2]::integer as final_position,
  max(e.position) over whole_episode as last_position,
  min(e.started_on) over whole_episode as episode_started_on
from (
  select
    c.definition,
    c.source,
    c.patient_id,
    c.person_id,
    c.visit_id,
    c.visit_type,
    c.admission_type,
    c.discharge_disposition,
    c.facility,
    c.service,
    c.zone,
    c.started_on,
    c.ended_on,
    c.starts_at,
    c.ends_at,
    c.admitted_at,
    c.discharged_at,
    c.last_day,
    c.exclude_planned,
    c.exclude_same_day,
    c.run_out_days,
    c.excluded_for,
    c.position,
    count(*) filter (where c.continues is not true) over (
      partition by c.definition, c.person_id
      order by c.position
    ) as episode
  from (
    select
      b.definition,
      b.source,
      b.patient_id,
      b.person_id,
      b.visit_id,
      b.visit_type,
      b.admission_type,
      b.discharge_disposition,
      b.facility,
      b.service,
      b.zone,
      b.started_on,
      b.ended_on,
      b.starts_at,
      b.ends_at,
      b.admitted_at,
      b.discharged_at,
      b.last_day,
      b.exclude_planned,
      b.exclude_same_day,
      b.run_out_days,
      b.excluded_for,
      b.position,
      (b.merge_overlaps and b.starts_at < lag(b.ends_at, b.back) over person)
      or (
        b.merge_transfers
        and b.started_on - lag(b.ended_on, b.back) over person between 0 and 1
        and (
          coalesce(b.facility <> lag(b.facility, b.back) over person, true)
          or lag(b.discharge_disposition, b.back) over person = 'transfer'
        )
      ) as continues
    from (
      select
        a.definition,
        a.merge_transfers,
        a.merge_overlaps,
        a.last_day,
        a.exclude_planned,
        a.exclude_same_day,
        a.run_out_days,
        a.excluded_for,
        a.source,
        a.patient_id,
        a.person_id,
        a.visit_id,
        a.visit_type,
        a.admission_type,
        a.discharge_disposition,
        a.facility,
        a.service,
        a.zone,
        a.started_on,
        a.ended_on,
        a.starts_at,
        a.ends_at,
        a.admitted_at,
        a.discharged_at,
        a.position,
        case
          when a.merge_overlaps then coalesce(
            a.position - (
              max(array[extract(epoch from a.ends_at)::float8, a.position]) filter (where a.ends_at is not null) over (
                partition by a.definition, a.person_id
                order by a.position
                rows between unbounded preceding and 1 preceding
              )
            )[2]::integer,
            1
          )
          else 1
        end as back
      from (
        select
          d.definition,
          d.merge_transfers,
          d.merge_overlaps,
          case when d.window_end_counts then d.window_days else d.window_days - 1 end as last_day,
          d.exclude_planned,
          d.exclude_same_day,
          d.run_out_days,
          case
            when d.exclude_died and (v.discharge_disposition = 'died' or p.died_on <= v.ended_on) then 'died'
            when d.exclude_against_advice and v.discharge_disposition = 'against_advice' then 'against_advice'
            when d.exclude_transfers and v.discharge_disposition = 'transfer' then 'transfer'
          end as excluded_for,
          v.source,
          v.patient_id,
          v.person_id,
          v.visit_id,
          v.visit_type,
          v.admission_type,
          v.discharge_disposition,
          v.facility,
          v.service,
          v.zone,
          v.started_on,
          v.ended_on,
          v.starts_at,
          v.ends_at,
          v.admitted_at,
          v.discharged_at,
          (
            row_number() over (
              partition by d.definition, v.person_id
              order by v.starts_at, v.ends_at, v.visit_id, v.source, v.patient_id
            )
          )::integer as position
        from caseload.readmission_definitions as d
        join clinical.person_visits as v
          on v.visit_type = any (d.visit_types)
        left join clinical.person_deaths as p
          on p.person_id = v.person_id
      ) as a
    ) as b
    window person as (partition by b.definition, b.person_id order by b.position)
  ) as c
) as e
window whole_episode as (partition by e.definition, e.person_id, e.episode);
