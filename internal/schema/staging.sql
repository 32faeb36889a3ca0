-- The staging database after all its versions, for reading. Written by `make generate`; changes go into a new
-- version in staging/.

CREATE FUNCTION public.drop_batch(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
begin
  if name !~ '^batch_[0-9]+_[0-9]+$' then
    raise exception 'not the schema of a batch' using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop schema if exists %I cascade', name);
  delete from public.staged_batch where schema_name = name;
end
$_$;

COMMENT ON FUNCTION public.drop_batch(name text) IS 'Drops the schema of an attempt at a batch, and its entry. No error when there is none.';

CREATE TABLE public.schema_version (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.schema_version IS 'One row per schema version that was applied. Written by package schema alone.';

COMMENT ON COLUMN public.schema_version.checksum IS 'SHA-256 of the version''s file, in hex.';

CREATE TABLE public.staged_batch (
    schema_name text NOT NULL,
    batch_id integer NOT NULL,
    attempt integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sealed_at timestamp with time zone,
    rows_staged bigint
);

COMMENT ON TABLE public.staged_batch IS 'One row per batch schema. sealed_at is set when its clean rows are complete and durable.';

ALTER TABLE ONLY public.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.staged_batch
    ADD CONSTRAINT staged_batch_pkey PRIMARY KEY (schema_name);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO scorehouse_loader;
GRANT USAGE ON SCHEMA public TO scorehouse_migrator;

REVOKE ALL ON FUNCTION public.drop_batch(name text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.drop_batch(name text) TO scorehouse_migrator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.staged_batch TO scorehouse_loader;
GRANT SELECT ON TABLE public.staged_batch TO scorehouse_migrator;

ALTER DEFAULT PRIVILEGES FOR ROLE scorehouse_loader GRANT USAGE ON SCHEMAS  TO scorehouse_migrator;

ALTER DEFAULT PRIVILEGES FOR ROLE scorehouse_loader GRANT SELECT ON TABLES  TO scorehouse_migrator;
