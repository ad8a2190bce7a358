-- Grain: one row per source, role and batch: what users with the role may see.
create table if not exists store.role_definitions (
  role_id text not null,
  name text,
  category text,
  permissions text,
  source text not null,
  batch_date date not null,
  primary key (role_id, source, batch_date)
)
partition by list (source);
