-- Forgets what the marts were made from, and the notes for their refresh.
do $$
begin
  delete from caseload.mart_state;
  delete from caseload.marts;
  delete from caseload.mart_runs;
  delete from caseload.mart_inputs;
  delete from caseload.mart_holders;
  delete from caseload.batch_notes;
end
$$
