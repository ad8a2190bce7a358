-- $1 claim, $2 whether its notices were sent.
update caseload.notices
set
  told = case when $2 then kind else told end,
  sent_at = case when $2 then clock_timestamp() else sent_at end,
  claim_id = null,
  claimed_at = null
where claim_id = $1
