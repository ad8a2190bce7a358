-- One word per thing: a batch that was rolled back is pinned, a batch that another command works on is locked, a run without a
-- complete delivery is incomplete, and quarantine expires.
alter table caseload.holds rename to pins;

alter table caseload.pins rename column held_at to pinned_at;

alter table caseload.pins rename constraint holds_pkey to pins_pkey;

alter table caseload.runs drop constraint runs_status_check;

update caseload.runs
set status = 'incomplete'
where status = 'missing';

alter table caseload.runs add constraint runs_status_check check (
  status in ('running', 'published', 'replaced', 'rolled_back', 'planned', 'failed', 'refused', 'incomplete', 'aborted')
);

-- The statements of this version call batch_is_locked and expire_quarantine instead.
drop function if exists caseload.batch_is_held(text, date);

drop function if exists caseload.drop_rejects(text, date);

-- These functions have one more parameter now: the timeout of each further parent's lock.
drop function if exists caseload.lock_parents(text, text[], text, text);

drop function if exists caseload.publish(uuid, text, integer, text);

drop function if exists caseload.rollback(uuid, uuid, uuid, text, text, text);

drop function if exists caseload.merge_leaves(uuid, text, text);
