-- $1 name, $2 due time, $3 when the timer was set. One row for the first who takes this due time; none for all others, while
-- another takes it, and if the timer was set anew meanwhile.
update caseload.timers as s
set last_due = $2
where s.name = (
    select
      o.name
    from caseload.timers as o
    where o.name = $1
      and o.set_at = $3
      and o.last_due < $2
    for update skip locked
  )
returning
  s.name
