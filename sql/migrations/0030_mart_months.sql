-- Of a mart by source and month: the date of the marts that it reads by whose month it counts their rows; null for the other kinds.
alter table caseload.marts
add column month_of text;
