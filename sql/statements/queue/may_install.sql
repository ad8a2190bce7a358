-- One row: true if the session's role may make the schema of the queue.
select
  has_database_privilege(current_database(), 'create') as may
