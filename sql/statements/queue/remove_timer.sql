-- $1 name. One row, none if there was no such timer.
delete from caseload.timers as s
where s.name = $1
returning
  s.name
