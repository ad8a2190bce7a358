-- $1 source, $2 transformer, $3 class, $4 zone, $5 schedule, $6 due, $7 days of lag, $8 its tables as a JSON array of
-- {"table", "delivery", "children"}. Records what the source declares.
select caseload.register_source($1, $2, $3, $4, $5, $6, $7, $8)
