-- Which database this is for, see docs/glossary.md: `postgres`, or `citus`, whose tables are distributed over machines. The first migration
-- decides it for ever: it says how the tables of schema store are partitioned.
alter table caseload.schema_state
  add column target text not null default 'postgres' check (target in ('postgres', 'citus'));
