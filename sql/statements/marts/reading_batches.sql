-- $1 a source, $2 and $3 a span of time, its end excluded. One row per published batch with readings, or aggregates of readings, in
-- it: its day, the span of its readings in seconds since 1970, and how many patients it names. A batch without a note can hold
-- readings of any time: its span is null. Of a source that delivers all its readings each time, the newest batch alone.
select
  r.batch_date::text as batch_date,
  extract(epoch from n.measured_from)::float8 as measured_from,
  extract(epoch from n.measured_until)::float8 as measured_until,
  (select count(*) from caseload.batch_patients as p where p.run_id = r.run_id)::integer as patients
from caseload.runs as r
left join caseload.batch_notes as n
  on n.run_id = r.run_id
left join clinical.delivered_tables as d
  on d.source = r.source
  and d.table_name = 'measurements'
where r.source = $1
  and r.status = 'published'
  and exists (
    select
    from caseload.tables as t
    where t.run_id = r.run_id
      and t.state = 'published'
      and t.table_name in ('measurements', 'measurements_hourly')
  )
  and (d.delivery is distinct from 'full' or r.batch_date = d.newest_batch_date)
  and (n.run_id is null or (n.measured_from < $3::timestamptz and n.measured_until >= $2::timestamptz))
order by r.batch_date
