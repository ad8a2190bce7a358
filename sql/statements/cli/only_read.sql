-- Lets the transactions of a session only read, also those that a query begins itself. No row.
set session characteristics as transaction read only
