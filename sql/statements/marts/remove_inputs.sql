-- $1 inputs, $2 sources, $3 names, by position: forgets their values.
delete from caseload_marts.inputs as i
using unnest($1::text[], $2::text[], $3::text[]) as u (input, source, name)
where i.input = u.input
  and i.source = u.source
  and i.name = u.name
