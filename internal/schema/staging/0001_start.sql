-- The staging database of a tenant: one PostgreSQL schema per batch and attempt (batch_<id>_<attempt>), made
-- and dropped by package staging. This table lists them so that leftovers are found.
-- Runs with the code before it: yes (first version).
create table staged_batch (
  schema_name text primary key,
  batch_id    int not null,
  attempt     int not null,
  created_at  timestamptz not null default now(),
  sealed_at   timestamptz,
  rows_staged bigint
);
comment on table staged_batch is 'One row per batch schema. sealed_at is set when its clean rows are complete and durable.';
