-- Creates the database of the embedded server. Runs once, in single-user mode, where a statement is one line.
create database caseload
