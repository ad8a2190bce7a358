-- Grain: one row per batch that a run works on now, by the names of sessions (see sessionName in pipelines/source/batch.ts).
select distinct
  substring(application_name from '^caseload (.*) [0-9a-f]{8}$') as batch
from pg_catalog.pg_stat_activity
where application_name ~ '^caseload [a-z0-9_]+ \d{4}-\d{2}-\d{2} [0-9a-f]{8}$'
order by batch
