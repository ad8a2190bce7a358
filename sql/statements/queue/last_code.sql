-- $1 source. One row, none if it never published: the hash of the code, and of the mask, of its last publish.
select
  r.code_hash
from caseload.runs as r
where r.source = $1
  and r.status in ('published', 'replaced')
  and r.code_hash is not null
order by
  r.published_at desc nulls last
limit 1
