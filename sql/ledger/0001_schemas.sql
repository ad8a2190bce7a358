-- The schemas: tables, identified views, ledger and quarantine, staged leaves, detached versions.
create schema if not exists store;

create schema if not exists clinical;

create schema if not exists caseload;

create schema if not exists caseload_stage;

create schema if not exists caseload_kept;
