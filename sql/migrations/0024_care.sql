-- Row rights, see docs/roles.md: has_row_rights is true while the role care reads schema care and the marts, each login its own rows.
alter table caseload.access add column has_row_rights boolean not null default false;

-- One row per entry of the care team: what a login, or all members of a group, may see while the entry holds. Entries are ended,
-- never removed: the table says who could see whom, when, and who allowed it. No foreign key: an entry may be there before its patient.
--   all       every patient and every device
--   source    every patient of a source; a site of a facility is a source of its own
--   facility  every patient of a source with a visit at the facility `id`
--   patient   the patient `id` of a source
--   devices   the devices of a source, and nothing about their patients
--   user      what the newest role data of the source say of the user `id`
create table caseload.care_team (
  entry_id bigint generated always as identity primary key,
  member text not null,
  sees text not null check (sees in ('all', 'source', 'facility', 'patient', 'devices', 'user')),
  source text check ((source is null) = (sees = 'all')),
  id text check ((id is null) = (sees in ('all', 'source', 'devices'))),
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  added_by text not null,
  added_at timestamptz not null default clock_timestamp(),
  ended_by text
);

create index on caseload.care_team (member, sees);
