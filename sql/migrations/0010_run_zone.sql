-- The zone in which a run placed times without an offset: a project may name another one without a change of the source's
-- code. Null: a run from before that was kept.
alter table caseload.runs add column zone text;
