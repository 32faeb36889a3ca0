-- Schemas of batches belong to the loader. The migrator, which owns nothing here, drops them through a function.
-- Runs with the code before it: yes, as the owner of the databases.

create function drop_batch(name text) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if name !~ '^batch_[0-9]+_[0-9]+$' then
    raise exception 'not the schema of a batch' using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop schema if exists %I cascade', name);
  delete from public.staged_batch where schema_name = name;
end
$$;
comment on function drop_batch(text) is 'Drops the schema of an attempt at a batch, and its entry. No error when there is none.';
grant create on schema public to {loader}; -- for a moment: an owner needs it when it becomes one
alter function drop_batch(text) owner to {loader};
revoke create on schema public from {loader};

-- What was staged before has the owner of the databases as its owner.
do $$
declare
  s text;
  t text;
begin
  for s in select nspname from pg_namespace where nspname ~ '^batch_[0-9]+_[0-9]+$' loop
    execute format('alter schema %I owner to {loader}', s);
    for t in select relname from pg_class where relnamespace = s::regnamespace and relkind = 'r' loop
      execute format('alter table %I.%I owner to {loader}', s, t);
    end loop;
    execute format('grant usage on schema %I to {migrator}', s);
    execute format('grant select on all tables in schema %I to {migrator}', s);
  end loop;
end
$$;
