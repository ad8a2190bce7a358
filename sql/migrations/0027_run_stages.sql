-- How long the last attempt of a run spent in each stage, in order, as a list of {stage, ms}; null for a run that was killed, and
-- for runs of before.
alter table caseload.runs add column stages json;
