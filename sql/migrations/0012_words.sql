-- One word per thing: a batch that was rolled back is pinned, a batch on which another command works is locked, a run
-- whose delivery is not complete is incomplete, and quarantine expires.
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

-- Batch states and lists of runs call it by its new name.
drop function if exists caseload.batch_is_held(text, date);

drop function if exists caseload.drop_rejects(text, date);

-- How long each lock may be waited for is said by the caller alone, also between the parents.
drop function if exists caseload.lock_parents(text, text[], text, text);

drop function if exists caseload.publish(uuid, text, integer, text);

drop function if exists caseload.rollback(uuid, uuid, uuid, text, text, text);

drop function if exists caseload.merge_leaves(uuid, text, text);
