-- The staging database after all its versions, for reading. Written by `make generate`; changes go into a new
-- version in staging/.

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
