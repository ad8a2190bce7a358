-- The database of the embedded server; runs once, in single-user mode, where a statement is one line.
create database caseload
