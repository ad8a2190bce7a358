-- One row: true if the database has the queue. pg-boss makes its schema first, and the partition of the queue, named by the
-- digest of its name, after it: a process that ends in between leaves a schema without a queue.
select
  to_regclass('caseload_queue.j' || encode(sha224('batches'), 'hex')) is not null as installed
