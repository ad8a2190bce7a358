-- $1 versions of batches. One row: how many of them have a note, and the patients that they hold.
select
  (select count(*) from caseload.batch_notes where run_id = any ($1::uuid[]))::integer as notes,
  array_to_json(
    array(select distinct patient_id from caseload.batch_patients where run_id = any ($1::uuid[]))
  ) as patients
