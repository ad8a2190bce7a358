-- $1 target, $2 claim. One row per notice that an earlier call could not send and that is still true: a trouble unless its batch
-- was published or dismissed since, and that a batch is well unless a later run of it did not publish.
update caseload.notices as n
set
  claim_id = $2,
  claimed_at = clock_timestamp()
where n.target = $1
  and n.kind is distinct from n.told
  and (n.claim_id is null or n.claimed_at < clock_timestamp() - interval '2 minutes')
  and not exists (
    select
    from caseload.pins as p
    where p.source = n.source
      and p.batch_date = n.batch_date
      and p.kind = 'dismissed'
      and n.kind <> 'recovered'
  )
  and not exists (
    select
    from caseload.runs as r
    where r.source = n.source
      and r.batch_date = n.batch_date
      and not r.compares
      and case
        when n.kind = 'recovered' then r.started_at > n.noted_at and r.status in ('failed', 'refused', 'aborted')
        else r.published_at > n.noted_at and r.status = 'published'
      end
  )
returning
  n.notice
