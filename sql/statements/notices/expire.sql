-- Forgets batches that have been well for 90 days, and troubles that nobody could be told of for so long.
delete from caseload.notices
where (told = 'recovered' and kind = 'recovered' and sent_at < clock_timestamp() - interval '90 days')
  or (told is null and noted_at < clock_timestamp() - interval '90 days')
