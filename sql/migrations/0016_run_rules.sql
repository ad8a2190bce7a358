-- The rules and quality checks that the source or its project changed when a run was made, as a list of
-- {rule, action, reason, declaredBy}.
alter table caseload.runs add column rules json not null default '[]';
