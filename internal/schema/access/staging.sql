-- Who may do what in a tenant's staging database. Applied at every upgrade, after all rights were taken away.

-- The loader makes a schema per batch and attempt, which it owns.
grant usage on schema public to {loader}, {migrator};
grant select, insert, update, delete on staged_batch to {loader};
grant execute on function drop_batch(text) to {loader}, {migrator};

-- The migrator reads what the loader has staged, and drops it when it is published.
grant select on staged_batch to {migrator};
alter default privileges for role {loader} grant usage on schemas to {migrator};
alter default privileges for role {loader} grant select on tables to {migrator};
