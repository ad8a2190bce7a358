-- Grain: one row per definition of a readmission, a set of switches that clinical.readmissions reads. Add rows of your
-- own; a shipped row that you changed stays as you changed it.
create table caseload.readmission_definitions (
  definition text primary key,
  description text not null,
  -- Visits of these types are stays.
  visit_types text[] not null default '{inpatient}' check (cardinality(visit_types) > 0),
  -- Calendar days from a discharge within which an admission counts, and whether the last of them counts.
  window_days integer not null check (window_days >= 0),
  window_end_counts boolean not null default true,
  -- The next stay continues this one if it starts on the day of the discharge or the day after, and the facility
  -- differs, or one of the two is unknown, or the patient was discharged by transfer.
  merge_transfers boolean not null default false,
  -- The next stay continues this one if it starts before the discharge.
  merge_overlaps boolean not null default false,
  -- Stays that are no index: the patient died in it or on its last day, left against advice, was transferred out, or
  -- was admitted and discharged on one day.
  exclude_died boolean not null default true,
  exclude_against_advice boolean not null default false,
  exclude_transfers boolean not null default false,
  exclude_same_day boolean not null default false,
  -- A planned (elective) next stay is no readmission, and no later stay counts in its place.
  exclude_planned boolean not null default false,
  -- An index is discharged at least so many days before the source's newest published batch; null: no such rule.
  run_out_days integer check (run_out_days >= 0)
);

insert into caseload.readmission_definitions (
  definition,
  description,
  window_days,
  merge_transfers,
  merge_overlaps,
  exclude_against_advice,
  exclude_transfers,
  exclude_planned,
  run_out_days
)
values
  (
    'crude_30d',
    'Any inpatient stay that starts 0 to 30 days after a discharge alive; no other exclusion and no run-out.',
    30,
    false,
    false,
    false,
    false,
    false,
    null
  ),
  (
    'hospital_wide_30d',
    'Unplanned inpatient stays 0 to 30 days after a discharge alive, home or to care elsewhere, that was neither '
      || 'against advice nor a transfer; transfers and overlapping stays are one stay; 30 days of run-out.',
    30,
    true,
    true,
    true,
    true,
    true,
    30
  )
on conflict (definition) do nothing;
