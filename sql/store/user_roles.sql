-- Grain: one row per source, user, role and batch: the roles of a user.
create table if not exists store.user_roles (
  user_id text not null,
  role_id text not null,
  source text not null,
  batch_date date not null,
  primary key (user_id, role_id, source, batch_date)
)
partition by list (source);
