-- Grain: one row per source, user and batch. What a user may see is in user_roles and role_definitions.
create table if not exists store.users (
  user_id text not null,
  name text,
  email text,
  source text not null,
  batch_date date not null,
  primary key (user_id, source, batch_date)
)
partition by list (source);
