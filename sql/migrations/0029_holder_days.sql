-- On which days a visit, or an entity, was named together with a patient: a refresh recomputes the visits of the days that changed,
-- and reads the days that hold them. A row of kind `alone` says that a batch of this day has a procedure or treatment of the
-- patient without a visit; its id is the patient's. The days of before are not known: without the values of the last refresh the
-- next one computes every source as a whole, and writes who holds what anew.
truncate caseload.mart_holders;

drop index caseload.mart_holders_source_patient_id_idx;

alter table caseload.mart_holders
drop constraint mart_holders_pkey,
add column batch_date date not null,
add primary key (source, batch_date, kind, id, patient_id);

create index on caseload.mart_holders (source, kind, id);

create index on caseload.mart_holders (source, patient_id);

delete from caseload.mart_inputs
where input = 'reading';
