-- The control database after all its versions, for reading. Written by `make generate`; changes go into a new
-- version in control/.

CREATE SCHEMA audit;

CREATE SCHEMA batch;

CREATE SCHEMA jobs;

CREATE SCHEMA keyring;

CREATE SCHEMA landing;

CREATE SCHEMA login;

CREATE SCHEMA printing;

COMMENT ON SCHEMA printing IS 'Printed reports. Of a student these tables hold the warehouse''s number, where students were chosen one by one, and the first letters of two last names of each part of a large bundle. The documents are files, encrypted.';

CREATE SCHEMA release;

CREATE SCHEMA session;

CREATE SCHEMA tenant;

CREATE TYPE jobs.river_job_state AS ENUM (
    'available',
    'cancelled',
    'completed',
    'discarded',
    'pending',
    'retryable',
    'running',
    'scheduled'
);

CREATE FUNCTION audit.keep() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  -- The owner may thin out what is old: never the newest anchor of an hour, never a beginning or an end.
  if tg_table_name = 'anchor' and tg_op = 'DELETE' then
    if old.mark is null and old.anchored_at < now() - interval '30 days' and exists (
      select from audit.anchor b
      where b.chain_id = old.chain_id and b.seq > old.seq and date_trunc('hour', b.anchored_at) = date_trunc('hour', old.anchored_at)
    ) then
      return old;
    end if;
  end if;
  raise exception 'the audit trail''s tables are only ever added to' using errcode = 'insufficient_privilege';
end $$;

COMMENT ON FUNCTION audit.keep() IS 'Refuses changes of what the audit trail has anchored, also by the owner.';

CREATE FUNCTION jobs.river_job_state_in_bitmask(bitmask bit, state jobs.river_job_state) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE state
        WHEN 'available' THEN get_bit(bitmask, 7)
        WHEN 'cancelled' THEN get_bit(bitmask, 6)
        WHEN 'completed' THEN get_bit(bitmask, 5)
        WHEN 'discarded' THEN get_bit(bitmask, 4)
        WHEN 'pending'   THEN get_bit(bitmask, 3)
        WHEN 'retryable' THEN get_bit(bitmask, 2)
        WHEN 'running'   THEN get_bit(bitmask, 1)
        WHEN 'scheduled' THEN get_bit(bitmask, 0)
        ELSE 0
    END = 1;
$$;

CREATE FUNCTION release.guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if (new.tenant, new.academic_year, new.type, new.kind, new.subjects, new.made_by, new.made_at)
    is distinct from (old.tenant, old.academic_year, old.type, old.kind, old.subjects, old.made_by, old.made_at) then
    raise exception 'what was asked for does not change' using errcode = 'check_violation';
  end if;
  if old.state <> 'loading' and (new.decided_at, new.version, new.policy, new.earlier, new.counts, new.decision, new.names, new.levels, new.forecast, new.reasons)
    is distinct from (old.decided_at, old.version, old.policy, old.earlier, old.counts, old.decision, old.names, old.levels, old.forecast, old.reasons) then
    raise exception 'what was decided does not change' using errcode = 'check_violation';
  end if;
  if old.released_at is not null and (new.released_at, new.released_by) is distinct from (old.released_at, old.released_by) then
    raise exception 'what was released stays so' using errcode = 'check_violation';
  end if;
  if new.state = old.state then
    return new;
  end if;
  if (old.state, new.state) not in (('loading', 'reviewing'), ('loading', 'refused'), ('loading', 'withdrawn'), ('reviewing', 'released'), ('reviewing', 'withdrawn'), ('released', 'withdrawn')) then
    raise exception 'a release does not go from % to %', old.state, new.state using errcode = 'check_violation';
  end if;
  if new.state = 'released' then
    perform pg_advisory_xact_lock(hashtextextended('release ' || new.tenant || ' ' || new.academic_year, 0));
    if new.earlier is distinct from (select coalesce(array_agg(r.release_id order by r.released_at, r.release_id), '{}') from release.release r
        where (r.tenant, r.academic_year, r.type) = (new.tenant, new.academic_year, new.type) and r.released_at is not null) then
      raise exception 'another one was released since this one was decided' using errcode = 'RL001';
    end if;
    new.released_at := clock_timestamp();
  end if;
  return new;
end
$$;

CREATE TABLE audit.anchor (
    chain_id bigint NOT NULL,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    mark text,
    anchored_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT anchor_mac_check CHECK ((octet_length(mac) = 32)),
    CONSTRAINT anchor_mark_check CHECK ((mark = ANY (ARRAY['opened'::text, 'continued'::text, 'closed'::text]))),
    CONSTRAINT anchor_seq_check CHECK ((seq >= 0))
);

COMMENT ON TABLE audit.anchor IS 'MACs of lines of the audit trail, written before anybody gets the data that a line speaks of. Rows are only ever added; see audit.keep for the one exception.';

COMMENT ON COLUMN audit.anchor.mark IS 'opened, continued: first line of a file; closed: last line of a chain; null: the newest line of a group.';

CREATE TABLE audit.chain (
    chain_id bigint NOT NULL,
    stream text NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    directory text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT chain_name_check CHECK ((name ~ '^[a-z]{1,16}-[0-9]{8}T[0-9]{6}Z-[a-z2-7]{16}$'::text)),
    CONSTRAINT chain_stream_check CHECK ((stream = ANY (ARRAY['audit'::text, 'security'::text])))
);

COMMENT ON TABLE audit.chain IS 'One row per process and stream of the audit trail. Rows are only ever added.';

COMMENT ON COLUMN audit.chain.directory IS 'Where the process writes the files of the chain, on its host.';

ALTER TABLE audit.chain ALTER COLUMN chain_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.chain_chain_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE batch.batch (
    batch_id integer NOT NULL,
    tenant text NOT NULL,
    file text NOT NULL,
    file_size bigint NOT NULL,
    digest text NOT NULL,
    stored_as text NOT NULL,
    sender text NOT NULL,
    status text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    signer text,
    content text,
    assessment_guid text,
    assessment_type smallint,
    subject text,
    academic_year smallint,
    rows_total bigint,
    rows_accepted bigint,
    rows_rejected bigint,
    staging_schema text,
    version integer,
    code integer,
    reason text,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    status_since timestamp with time zone DEFAULT now() NOT NULL,
    deadline_at timestamp with time zone,
    CONSTRAINT batch_digest_check CHECK ((digest ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT batch_status_check CHECK ((status = ANY (ARRAY['received'::text, 'loading'::text, 'staged'::text, 'migrating'::text, 'published'::text, 'rejected'::text, 'failed'::text, 'withdrawn'::text])))
);

COMMENT ON TABLE batch.batch IS 'One uploaded package and its life. batch_id is the order of arrival: where two batches bring the same result, the higher one wins.';

COMMENT ON COLUMN batch.batch.digest IS 'SHA-256 of the file as it arrived (still encrypted), lower-case hex.';

COMMENT ON COLUMN batch.batch.stored_as IS 'Name of the kept input file in the file store, relative to its root.';

COMMENT ON COLUMN batch.batch.sender IS 'SFTP account that uploaded the file.';

COMMENT ON COLUMN batch.batch.attempt IS 'Number of the newest attempt to work on the batch. Every change of status names its attempt; an older one is refused.';

COMMENT ON COLUMN batch.batch.signer IS 'Fingerprint of the sender''s key whose signature was verified.';

COMMENT ON COLUMN batch.batch.version IS 'Version of the warehouse that published the batch.';

COMMENT ON COLUMN batch.batch.code IS 'Code of docs/formats/codes.md when rejected or failed.';

COMMENT ON COLUMN batch.batch.deadline_at IS 'When the sweep looks at the batch if it still has this status. Absent in final statuses.';

ALTER TABLE batch.batch ALTER COLUMN batch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME batch.batch_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE batch.event (
    event_id bigint NOT NULL,
    batch_id integer NOT NULL,
    attempt integer NOT NULL,
    stage text NOT NULL,
    outcome text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    rows_in bigint,
    rows_out bigint,
    rows_rejected bigint,
    detail text DEFAULT ''::text NOT NULL,
    CONSTRAINT event_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'rejected'::text, 'failed'::text, 'note'::text])))
);

COMMENT ON TABLE batch.event IS 'The story of a batch: one row per stage and attempt. detail never holds student data.';

ALTER TABLE batch.event ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME batch.event_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE batch.reject (
    batch_id integer NOT NULL,
    attempt integer NOT NULL,
    stage text NOT NULL,
    file text NOT NULL,
    line bigint NOT NULL,
    column_name text NOT NULL,
    code integer NOT NULL,
    message text NOT NULL,
    CONSTRAINT reject_stage_check CHECK ((stage = ANY (ARRAY['check'::text, 'stage'::text, 'migrate'::text])))
);

COMMENT ON TABLE batch.reject IS 'Rows refused, with place and reason. message never repeats a value of the row.';

COMMENT ON COLUMN batch.reject.line IS 'Physical line of the file on which the row begins, as an editor counts; the header is line 1. 0 when the whole file is meant.';

CREATE TABLE jobs.river_job (
    id bigint NOT NULL,
    state jobs.river_job_state DEFAULT 'available'::jobs.river_job_state NOT NULL,
    attempt smallint DEFAULT 0 NOT NULL,
    max_attempts smallint DEFAULT 25 NOT NULL,
    attempted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finalized_at timestamp with time zone,
    scheduled_at timestamp with time zone DEFAULT now() NOT NULL,
    priority smallint DEFAULT 1 NOT NULL,
    args jsonb NOT NULL,
    attempted_by text[],
    errors jsonb[],
    kind text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    queue text DEFAULT 'default'::text NOT NULL,
    tags character varying(255)[] DEFAULT '{}'::character varying[] NOT NULL,
    unique_key bytea,
    unique_states bit(8),
    CONSTRAINT finalized_or_finalized_at_null CHECK ((((finalized_at IS NULL) AND (state <> ALL (ARRAY['cancelled'::jobs.river_job_state, 'completed'::jobs.river_job_state, 'discarded'::jobs.river_job_state]))) OR ((finalized_at IS NOT NULL) AND (state = ANY (ARRAY['cancelled'::jobs.river_job_state, 'completed'::jobs.river_job_state, 'discarded'::jobs.river_job_state]))))),
    CONSTRAINT kind_length CHECK (((char_length(kind) > 0) AND (char_length(kind) < 128))),
    CONSTRAINT max_attempts_is_positive CHECK ((max_attempts > 0)),
    CONSTRAINT priority_in_range CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT queue_length CHECK (((char_length(queue) > 0) AND (char_length(queue) < 128)))
);

CREATE SEQUENCE jobs.river_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.river_job_id_seq OWNED BY jobs.river_job.id;

CREATE UNLOGGED TABLE jobs.river_leader (
    elected_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    leader_id text NOT NULL,
    name text DEFAULT 'default'::text NOT NULL,
    CONSTRAINT leader_id_length CHECK (((char_length(leader_id) > 0) AND (char_length(leader_id) < 128))),
    CONSTRAINT name_length CHECK ((name = 'default'::text))
);

CREATE TABLE jobs.river_migration (
    line text NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT line_length CHECK (((char_length(line) > 0) AND (char_length(line) < 128))),
    CONSTRAINT version_gte_1 CHECK ((version >= 1))
);

CREATE TABLE jobs.river_notification (
    id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    payload text NOT NULL,
    topic text NOT NULL,
    CONSTRAINT topic_length CHECK (((length(topic) > 0) AND (length(topic) < 128)))
);

CREATE SEQUENCE jobs.river_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.river_notification_id_seq OWNED BY jobs.river_notification.id;

CREATE TABLE jobs.river_queue (
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    paused_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE keyring.key (
    key_id integer NOT NULL,
    role text NOT NULL,
    tenant text,
    fingerprint text NOT NULL,
    user_ids text[] NOT NULL,
    algorithm text NOT NULL,
    bits integer NOT NULL,
    allow_weak boolean DEFAULT false NOT NULL,
    public_key text NOT NULL,
    expires_at timestamp with time zone,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT key_check CHECK (((tenant IS NULL) = (role = 'loader'::text))),
    CONSTRAINT key_fingerprint_check CHECK ((fingerprint ~ '^[0-9A-F]{40,64}$'::text)),
    CONSTRAINT key_role_check CHECK ((role = ANY (ARRAY['loader'::text, 'sender'::text])))
);

COMMENT ON TABLE keyring.key IS 'OpenPGP keys. Public parts only: the loader''s private keys are encrypted files in the keys directory.';

COMMENT ON COLUMN keyring.key.allow_weak IS 'An operator accepted a key below today''s strength (RSA under 2048 bits, SHA-1 self-signature) for this role and tenant.';

ALTER TABLE keyring.key ALTER COLUMN key_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME keyring.key_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE landing.account (
    account text NOT NULL,
    tenant text NOT NULL,
    authorized_keys text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT account_account_check CHECK ((account ~ '^[a-z][a-z0-9_.-]{0,63}$'::text))
);

COMMENT ON TABLE landing.account IS 'SFTP accounts of senders. authorized_keys are OpenSSH public key lines.';

CREATE TABLE login.person (
    provider text NOT NULL,
    user_id text NOT NULL,
    login_name text DEFAULT ''::text NOT NULL,
    grants jsonb NOT NULL,
    rejections jsonb DEFAULT '[]'::jsonb NOT NULL,
    signed_in_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE login.person IS 'What the last sign-in of each person granted, so that an operator can explain it. No name, no address.';

COMMENT ON COLUMN login.person.rejections IS 'Values that gave less than they said: position and reason, never the value.';

CREATE TABLE login.provider (
    provider text NOT NULL,
    title text NOT NULL,
    entity_id text NOT NULL,
    metadata text NOT NULL,
    metadata_url text,
    etag text DEFAULT ''::text NOT NULL,
    last_modified text DEFAULT ''::text NOT NULL,
    valid_until timestamp with time zone,
    tenants text[] NOT NULL,
    all_tenants boolean DEFAULT false NOT NULL,
    shape text NOT NULL,
    mapping jsonb DEFAULT '{}'::jsonb NOT NULL,
    name_id_format text DEFAULT ''::text NOT NULL,
    skew_seconds integer DEFAULT 0 NOT NULL,
    allow_cbc boolean DEFAULT false NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    checked_at timestamp with time zone DEFAULT now() NOT NULL,
    last_error text DEFAULT ''::text NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT provider_check CHECK ((all_tenants = (cardinality(tenants) = 0))),
    CONSTRAINT provider_entity_id_check CHECK ((entity_id <> ''::text)),
    CONSTRAINT provider_provider_check CHECK ((provider ~ '^[a-z][a-z0-9_-]{0,31}$'::text)),
    CONSTRAINT provider_shape_check CHECK ((shape = ANY (ARRAY['sbac'::text, 'live'::text, 'ldap'::text, 'mapped'::text]))),
    CONSTRAINT provider_skew_seconds_check CHECK (((skew_seconds >= 0) AND (skew_seconds <= 600))),
    CONSTRAINT provider_title_check CHECK ((title <> ''::text))
);

COMMENT ON TABLE login.provider IS 'Identity providers whose statements about people are believed. Owned by package login, as all of this schema.';

COMMENT ON COLUMN login.provider.metadata IS 'The last good metadata document: its certificates and addresses are in force.';

COMMENT ON COLUMN login.provider.tenants IS 'Tenants it may speak for; it can grant nothing elsewhere.';

COMMENT ON COLUMN login.provider.all_tenants IS 'It may speak for every tenant, those added later included.';

COMMENT ON COLUMN login.provider.shape IS 'How its attributes say who a person is and what the person holds (docs/operations/sign-in.md).';

COMMENT ON COLUMN login.provider.skew_seconds IS 'How far its clock may differ from ours; 0 is the default of package saml.';

COMMENT ON COLUMN login.provider.allow_cbc IS 'An operator accepted assertions encrypted with AES-CBC, which older providers use.';

COMMENT ON COLUMN login.provider.refreshed_at IS 'When the document was last found good; checked_at: when it was last asked for.';

CREATE TABLE login.request (
    relay_state text NOT NULL,
    request_id text NOT NULL,
    provider text NOT NULL,
    kind text NOT NULL,
    browser_hash bytea NOT NULL,
    return_to text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT request_kind_check CHECK ((kind = ANY (ARRAY['sign-in'::text, 'sign-out'::text])))
);

COMMENT ON TABLE login.request IS 'Sign-ins and sign-outs that wait for an identity provider''s answer. An answer is taken once.';

COMMENT ON COLUMN login.request.relay_state IS 'Random; travels through the browser and the identity provider and back.';

COMMENT ON COLUMN login.request.browser_hash IS 'SHA-256 of the cookie of the browser that began it; no other browser can finish it.';

CREATE TABLE login.session (
    session_id text NOT NULL,
    token_hash bytea NOT NULL,
    browser_hash bytea,
    provider text NOT NULL,
    user_id text NOT NULL,
    name text NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    tenants text[] NOT NULL,
    grants json NOT NULL,
    name_id text DEFAULT ''::text NOT NULL,
    name_id_format text DEFAULT ''::text NOT NULL,
    name_qualifier text DEFAULT ''::text NOT NULL,
    sp_name_qualifier text DEFAULT ''::text NOT NULL,
    session_index text DEFAULT ''::text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE login.session IS 'Signed-in people. The token itself is only in the cookie; here is its SHA-256. session_id is for operators'' lists and the audit trail: nobody can sign in with it.';

COMMENT ON COLUMN login.session.browser_hash IS 'SHA-256 of the cookie of the browser that signed in. A new sign-in of the browser ends the session before it.';

COMMENT ON COLUMN login.session.provider IS 'Identity provider that said who it is; no reference, so that the sessions of a removed one can be ended and counted.';

COMMENT ON COLUMN login.session.tenants IS 'Tenants in which something is granted, for lists and revocation.';

COMMENT ON COLUMN login.session.grants IS 'Lists of texts: tenant, role, then a district and a school (or empty) for each institution. Read at every page, so it is short.';

COMMENT ON COLUMN login.session.last_seen_at IS 'Last use, to the minute. The idle limit counts from here.';

CREATE TABLE login.used_message (
    digest bytea NOT NULL,
    forget_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE login.used_message IS 'SHA-256 of issuer and id of every assertion and logout request taken, for as long as it could be believed again.';

CREATE TABLE printing.ahead (
    tenant text NOT NULL,
    checked_version integer DEFAULT 0 NOT NULL,
    wanted_at timestamp with time zone,
    scheduled_on date,
    begun_at timestamp with time zone,
    finished_at timestamp with time zone,
    printed integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL
);

COMMENT ON TABLE printing.ahead IS 'Printing ahead of requests, by tenant: how far changes have been looked for, and the last run.';

COMMENT ON COLUMN printing.ahead.checked_version IS 'Version of the warehouse up to which classes with changes have been found and are due anew.';

COMMENT ON COLUMN printing.ahead.wanted_at IS 'A run is wanted: the clock, a publication or an operator asks for it.';

CREATE TABLE printing.job (
    job_id text NOT NULL,
    tenant text NOT NULL,
    provider text NOT NULL,
    requester text NOT NULL,
    requester_name text DEFAULT ''::text NOT NULL,
    once text NOT NULL,
    scope jsonb NOT NULL,
    wish jsonb NOT NULL,
    place jsonb NOT NULL,
    schools jsonb NOT NULL,
    students integer NOT NULL,
    students_done integer DEFAULT 0 NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    reason text,
    attempt integer DEFAULT 0 NOT NULL,
    version integer,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    queued_at timestamp with time zone,
    finished_at timestamp with time zone,
    expires_at timestamp with time zone,
    CONSTRAINT job_check CHECK (((state = 'failed'::text) = (reason IS NOT NULL))),
    CONSTRAINT job_check1 CHECK (((state <> ALL (ARRAY['ready'::text, 'expired'::text])) OR (expires_at IS NOT NULL))),
    CONSTRAINT job_job_id_check CHECK ((job_id ~ '^[a-z2-7]{26}$'::text)),
    CONSTRAINT job_once_check CHECK ((once <> ''::text)),
    CONSTRAINT job_reason_check CHECK ((reason ~ '^[a-z_]{1,32}$'::text)),
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'printing'::text, 'ready'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]))),
    CONSTRAINT job_students_check CHECK ((students >= 0))
);

COMMENT ON TABLE printing.job IS 'One row per bundle of reports that somebody has asked for. Owned by package printing, as all of this schema.';

COMMENT ON COLUMN printing.job.requester IS 'Id of the person at the identity provider. Nobody else learns that the job exists.';

COMMENT ON COLUMN printing.job.once IS 'Made with the form: sending it twice asks once.';

COMMENT ON COLUMN printing.job.scope IS 'What the person might see when asking, or asking again; the printer reads with it, and no further.';

COMMENT ON COLUMN printing.job.wish IS 'Whose reports, and how they are printed.';

COMMENT ON COLUMN printing.job.place IS 'Names of the district and school asked for, for lists.';

COMMENT ON COLUMN printing.job.schools IS 'Codes of the schools whose results are in it, once it is ready earlier years'' included: who may not see them any more cannot collect it.';

COMMENT ON COLUMN printing.job.reason IS 'A class of failures, for people in their language. Never a value.';

COMMENT ON COLUMN printing.job.attempt IS 'A worker names its attempt in whatever it writes; an older one is refused.';

COMMENT ON COLUMN printing.job.queued_at IS 'When it was given to the queue; null waits for that.';

CREATE TABLE printing.kept (
    tenant text NOT NULL,
    district text NOT NULL,
    school text NOT NULL,
    grade smallint NOT NULL,
    academic_year smallint NOT NULL,
    type smallint NOT NULL,
    due_version integer NOT NULL,
    version integer,
    students integer DEFAULT 0 NOT NULL,
    pages integer DEFAULT 0 NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    digest bytea,
    stored_as text,
    printed_at timestamp with time zone,
    look text DEFAULT ''::text NOT NULL,
    places jsonb DEFAULT '[]'::jsonb NOT NULL,
    reason text,
    CONSTRAINT kept_check CHECK (((version IS NULL) OR ((stored_as IS NOT NULL) AND (digest IS NOT NULL)))),
    CONSTRAINT kept_reason_check CHECK ((reason ~ '^[a-z_]{1,32}$'::text))
);

COMMENT ON TABLE printing.kept IS 'Documents printed ahead: one per school, grade, academic year and type of assessment, in English and gray.';

COMMENT ON COLUMN printing.kept.due_version IS 'Version in which anything of the class last changed.';

COMMENT ON COLUMN printing.kept.version IS 'Version that the document shows; null when it is due: then nothing may be made of the old one.';

COMMENT ON COLUMN printing.kept.look IS 'Digest of everything but results that decides how the document looks: layout, the state''s settings and texts, paper, fonts. Another look is due.';

COMMENT ON COLUMN printing.kept.places IS 'Codes of the schools whose results are in the document: it goes to those who may see all of them.';

COMMENT ON COLUMN printing.kept.reason IS 'Why printing it failed the last time; null when it did not. A class of failures, never a value.';

CREATE TABLE printing.part (
    job_id text NOT NULL,
    number smallint NOT NULL,
    school text DEFAULT ''::text NOT NULL,
    grade smallint,
    piece smallint DEFAULT 1 NOT NULL,
    pieces smallint DEFAULT 1 NOT NULL,
    first_letters text DEFAULT ''::text NOT NULL,
    last_letters text DEFAULT ''::text NOT NULL,
    students integer NOT NULL,
    pages integer NOT NULL,
    bytes bigint NOT NULL,
    digest bytea NOT NULL,
    file_name text NOT NULL,
    stored_as text NOT NULL,
    CONSTRAINT part_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT part_first_letters_check CHECK ((char_length(first_letters) <= 3)),
    CONSTRAINT part_last_letters_check CHECK ((char_length(last_letters) <= 3)),
    CONSTRAINT part_number_check CHECK ((number > 0))
);

COMMENT ON TABLE printing.part IS 'The documents of a job that is ready.';

COMMENT ON COLUMN printing.part.piece IS 'Which of pieces: a school and grade, or a whole bundle, with more than a thousand students comes in several documents.';

COMMENT ON COLUMN printing.part.first_letters IS 'How the last names of a piece begin, as on the back of a volume; last_letters: how they end. Empty when there is one piece.';

COMMENT ON COLUMN printing.part.bytes IS 'Size of the document; the stored file, which is encrypted, is a little larger. digest: SHA-256 of the document.';

CREATE TABLE tenant.tenant (
    tenant text NOT NULL,
    state_code text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tenant_name_check CHECK ((name <> ''::text)),
    CONSTRAINT tenant_state_code_check CHECK ((state_code ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT tenant_tenant_check CHECK ((tenant ~ '^[a-z][a-z0-9_]{0,31}$'::text))
);

COMMENT ON TABLE tenant.tenant IS 'One row per customer state. Owned by package control.';

CREATE VIEW printing.standing AS
 SELECT t.tenant,
    COALESCE(a.checked_version, 0) AS checked_version,
    COALESCE(k.kept, (0)::bigint) AS kept,
    COALESCE(k.students, (0)::bigint) AS students,
    COALESCE(k.bytes, (0)::bigint) AS bytes,
    COALESCE(k.due, (0)::bigint) AS due,
    a.begun_at,
    a.finished_at,
    COALESCE(a.printed, 0) AS printed,
    COALESCE(a.failed, 0) AS failed,
    (a.wanted_at IS NOT NULL) AS wanted,
    COALESCE(j.waiting, (0)::bigint) AS waiting,
    COALESCE(j.printing, (0)::bigint) AS printing,
    j.oldest_unfinished,
    COALESCE(j.ready, (0)::bigint) AS ready,
    COALESCE(p.bytes, (0)::bigint) AS ready_bytes,
    COALESCE(j.failed, (0)::bigint) AS jobs_failed
   FROM ((((tenant.tenant t
     LEFT JOIN printing.ahead a USING (tenant))
     LEFT JOIN ( SELECT kept.tenant,
            count(*) FILTER (WHERE (kept.version IS NOT NULL)) AS kept,
            sum(kept.students) FILTER (WHERE (kept.version IS NOT NULL)) AS students,
            (sum(kept.bytes) FILTER (WHERE (kept.version IS NOT NULL)))::bigint AS bytes,
            count(*) FILTER (WHERE (kept.version IS NULL)) AS due
           FROM printing.kept
          GROUP BY kept.tenant) k USING (tenant))
     LEFT JOIN ( SELECT job.tenant,
            count(*) FILTER (WHERE (job.state = 'waiting'::text)) AS waiting,
            count(*) FILTER (WHERE (job.state = 'printing'::text)) AS printing,
            min(job.requested_at) FILTER (WHERE (job.state = ANY (ARRAY['waiting'::text, 'printing'::text]))) AS oldest_unfinished,
            count(*) FILTER (WHERE (job.state = 'ready'::text)) AS ready,
            count(*) FILTER (WHERE (job.state = 'failed'::text)) AS failed
           FROM printing.job
          GROUP BY job.tenant) j USING (tenant))
     LEFT JOIN ( SELECT job.tenant,
            (sum(p_1.bytes))::bigint AS bytes
           FROM (printing.part p_1
             JOIN printing.job USING (job_id))
          WHERE (job.state = 'ready'::text)
          GROUP BY job.tenant) p USING (tenant));

COMMENT ON VIEW printing.standing IS 'How printing stands, one row per tenant: counts and times only.';

CREATE TABLE public.schema_version (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.schema_version IS 'One row per schema version that was applied. Written by package schema alone.';

COMMENT ON COLUMN public.schema_version.checksum IS 'SHA-256 of the version''s file, in hex.';

CREATE TABLE release.institution (
    tenant text NOT NULL,
    district text NOT NULL,
    school text NOT NULL,
    public_id text NOT NULL,
    CONSTRAINT institution_public_id_check CHECK ((public_id ~ '^[a-z2-7]{10}$'::text))
);

COMMENT ON TABLE release.institution IS 'By which identifier the public knows an institution, by its codes; both are empty for the state. Given once, at random, and never changed. The warehouse knows institutions by their codes, too: one that is delivered under another code is another institution there, and here.';

CREATE TABLE release.link (
    link_id bigint NOT NULL,
    tenant text NOT NULL,
    token_hash bytea NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    indexable boolean DEFAULT false NOT NULL,
    made_by text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by text,
    CONSTRAINT link_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT link_made_by_check CHECK ((made_by <> ''::text)),
    CONSTRAINT link_note_check CHECK ((char_length(note) <= 200)),
    CONSTRAINT link_revoked_by_check CHECK ((revoked_by <> ''::text)),
    CONSTRAINT link_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

COMMENT ON TABLE release.link IS 'Links to the public pages of a state. The token itself is known to whoever was given it; here is its SHA-256.';

COMMENT ON COLUMN release.link.indexable IS 'Search engines may keep the pages.';

ALTER TABLE release.link ALTER COLUMN link_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME release.link_link_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE release.release (
    release_id bigint NOT NULL,
    tenant text NOT NULL,
    academic_year smallint NOT NULL,
    type smallint DEFAULT 1 NOT NULL,
    kind text NOT NULL,
    subjects text[] DEFAULT '{}'::text[] NOT NULL,
    state text DEFAULT 'loading'::text NOT NULL,
    made_by text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    queued_at timestamp with time zone,
    decided_at timestamp with time zone,
    version integer,
    policy jsonb,
    earlier bigint[],
    counts bytea,
    decision bytea,
    names jsonb,
    levels jsonb,
    forecast jsonb,
    reasons text[] DEFAULT '{}'::text[] NOT NULL,
    released_by text,
    released_at timestamp with time zone,
    withdrawn_by text,
    withdrawn_at timestamp with time zone,
    CONSTRAINT release_check CHECK (((state = ANY (ARRAY['loading'::text, 'refused'::text])) OR ((state = 'withdrawn'::text) AND (released_at IS NULL) AND (decided_at IS NULL)) OR ((version IS NOT NULL) AND (policy IS NOT NULL) AND (earlier IS NOT NULL) AND (counts IS NOT NULL) AND (decision IS NOT NULL) AND (names IS NOT NULL) AND (levels IS NOT NULL) AND (forecast IS NOT NULL) AND (decided_at IS NOT NULL)))),
    CONSTRAINT release_check1 CHECK (((state <> 'refused'::text) OR ((decided_at IS NOT NULL) AND (cardinality(reasons) > 0)))),
    CONSTRAINT release_check2 CHECK (((released_at IS NULL) = (released_by IS NULL))),
    CONSTRAINT release_check3 CHECK (((state <> 'released'::text) OR (released_at IS NOT NULL))),
    CONSTRAINT release_check4 CHECK (((state <> ALL (ARRAY['loading'::text, 'reviewing'::text, 'refused'::text])) OR (released_at IS NULL))),
    CONSTRAINT release_check5 CHECK (((state = 'withdrawn'::text) = ((withdrawn_at IS NOT NULL) AND (withdrawn_by IS NOT NULL)))),
    CONSTRAINT release_kind_check CHECK ((kind = ANY (ARRAY['preliminary'::text, 'final'::text, 'correction'::text]))),
    CONSTRAINT release_made_by_check CHECK ((made_by <> ''::text)),
    CONSTRAINT release_released_by_check CHECK ((released_by <> ''::text)),
    CONSTRAINT release_state_check CHECK ((state = ANY (ARRAY['loading'::text, 'reviewing'::text, 'released'::text, 'withdrawn'::text, 'refused'::text]))),
    CONSTRAINT release_type_check CHECK ((type = 1)),
    CONSTRAINT release_withdrawn_by_check CHECK ((withdrawn_by <> ''::text))
);

COMMENT ON TABLE release.release IS 'Releases of the results of a year. Owned by package release, as all of this schema. Counts are exact and kept like the warehouse.';

COMMENT ON COLUMN release.release.type IS 'Kind of assessment: summative results only.';

COMMENT ON COLUMN release.release.subjects IS 'Subjects that were asked for; empty is all.';

COMMENT ON COLUMN release.release.state IS 'loading: being counted and decided. reviewing: decided, seen by reviewers only. released: read by strict audiences. withdrawn: no more, or never: dropped before it was released, perhaps before it was decided. refused: see reasons.';

COMMENT ON COLUMN release.release.made_by IS 'Person at an identity provider, or operator at a command line.';

COMMENT ON COLUMN release.release.queued_at IS 'When it was given to the queue; null waits for that.';

COMMENT ON COLUMN release.release.version IS 'Version of the warehouse that was counted.';

COMMENT ON COLUMN release.release.earlier IS 'Releases of the year that had been released by then, oldest first: it was decided together with them.';

COMMENT ON COLUMN release.release.names IS 'Institutions with their public identifiers, as of the version.';

COMMENT ON COLUMN release.release.levels IS 'Names of the performance levels, by subject.';

COMMENT ON COLUMN release.release.forecast IS 'What it exposes and hides beside the newest earlier release, when it was decided.';

COMMENT ON COLUMN release.release.reasons IS 'Sentences for operators: why it is refused. Never a number of students.';

ALTER TABLE release.release ALTER COLUMN release_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME release.release_release_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE session.session (
    token_hash bytea NOT NULL,
    tenant text NOT NULL,
    person text NOT NULL,
    grants jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE session.session IS 'Signed-in people. The token itself is only in the cookie; here is its SHA-256.';

ALTER TABLE ONLY jobs.river_job ALTER COLUMN id SET DEFAULT nextval('jobs.river_job_id_seq'::regclass);

ALTER TABLE ONLY jobs.river_notification ALTER COLUMN id SET DEFAULT nextval('jobs.river_notification_id_seq'::regclass);

ALTER TABLE ONLY audit.anchor
    ADD CONSTRAINT anchor_pkey PRIMARY KEY (chain_id, seq);

ALTER TABLE ONLY audit.chain
    ADD CONSTRAINT chain_pkey PRIMARY KEY (chain_id);

ALTER TABLE ONLY audit.chain
    ADD CONSTRAINT chain_stream_name_key UNIQUE (stream, name);

ALTER TABLE ONLY batch.batch
    ADD CONSTRAINT batch_pkey PRIMARY KEY (batch_id);

ALTER TABLE ONLY batch.batch
    ADD CONSTRAINT batch_stored_as_key UNIQUE (stored_as);

ALTER TABLE ONLY batch.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY jobs.river_job
    ADD CONSTRAINT river_job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.river_leader
    ADD CONSTRAINT river_leader_pkey PRIMARY KEY (name);

ALTER TABLE ONLY jobs.river_migration
    ADD CONSTRAINT river_migration_pkey1 PRIMARY KEY (line, version);

ALTER TABLE ONLY jobs.river_notification
    ADD CONSTRAINT river_notification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.river_queue
    ADD CONSTRAINT river_queue_pkey PRIMARY KEY (name);

ALTER TABLE ONLY keyring.key
    ADD CONSTRAINT key_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY keyring.key
    ADD CONSTRAINT key_role_tenant_fingerprint_key UNIQUE NULLS NOT DISTINCT (role, tenant, fingerprint);

ALTER TABLE ONLY landing.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (account);

ALTER TABLE ONLY login.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (provider, user_id);

ALTER TABLE ONLY login.provider
    ADD CONSTRAINT provider_entity_id_key UNIQUE (entity_id);

ALTER TABLE ONLY login.provider
    ADD CONSTRAINT provider_pkey PRIMARY KEY (provider);

ALTER TABLE ONLY login.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (relay_state);

ALTER TABLE ONLY login.request
    ADD CONSTRAINT request_request_id_key UNIQUE (request_id);

ALTER TABLE ONLY login.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY login.session
    ADD CONSTRAINT session_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY login.used_message
    ADD CONSTRAINT used_message_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY printing.ahead
    ADD CONSTRAINT ahead_pkey PRIMARY KEY (tenant);

ALTER TABLE ONLY printing.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY printing.job
    ADD CONSTRAINT job_provider_requester_once_key UNIQUE (provider, requester, once);

ALTER TABLE ONLY printing.kept
    ADD CONSTRAINT kept_pkey PRIMARY KEY (tenant, district, school, grade, academic_year, type);

ALTER TABLE ONLY printing.kept
    ADD CONSTRAINT kept_stored_as_key UNIQUE (stored_as);

ALTER TABLE ONLY printing.part
    ADD CONSTRAINT part_pkey PRIMARY KEY (job_id, number);

ALTER TABLE ONLY printing.part
    ADD CONSTRAINT part_stored_as_key UNIQUE (stored_as);

ALTER TABLE ONLY public.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (version);

ALTER TABLE ONLY release.institution
    ADD CONSTRAINT institution_pkey PRIMARY KEY (tenant, district, school);

ALTER TABLE ONLY release.institution
    ADD CONSTRAINT institution_tenant_public_id_key UNIQUE (tenant, public_id);

ALTER TABLE ONLY release.link
    ADD CONSTRAINT link_pkey PRIMARY KEY (link_id);

ALTER TABLE ONLY release.link
    ADD CONSTRAINT link_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY release.release
    ADD CONSTRAINT release_pkey PRIMARY KEY (release_id);

ALTER TABLE ONLY session.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY tenant.tenant
    ADD CONSTRAINT tenant_pkey PRIMARY KEY (tenant);

ALTER TABLE ONLY tenant.tenant
    ADD CONSTRAINT tenant_state_code_key UNIQUE (state_code);

CREATE INDEX batch_deadline_at_idx ON batch.batch USING btree (deadline_at) WHERE (deadline_at IS NOT NULL);

CREATE INDEX batch_tenant_batch_id_idx ON batch.batch USING btree (tenant, batch_id);

CREATE INDEX event_batch_id_event_id_idx ON batch.event USING btree (batch_id, event_id);

CREATE INDEX reject_batch_id_line_idx ON batch.reject USING btree (batch_id, line);

CREATE INDEX river_job_args_index ON jobs.river_job USING gin (args);

CREATE INDEX river_job_kind ON jobs.river_job USING btree (kind);

CREATE INDEX river_job_metadata_index ON jobs.river_job USING gin (metadata);

CREATE INDEX river_job_prioritized_fetching_index ON jobs.river_job USING btree (state, queue, priority, scheduled_at, id);

CREATE INDEX river_job_state_and_finalized_at_index ON jobs.river_job USING btree (state, finalized_at) WHERE (finalized_at IS NOT NULL);

CREATE UNIQUE INDEX river_job_unique_idx ON jobs.river_job USING btree (unique_key) WHERE ((unique_key IS NOT NULL) AND (unique_states IS NOT NULL) AND jobs.river_job_state_in_bitmask(unique_states, state));

CREATE INDEX river_notification_created_at_idx ON jobs.river_notification USING btree (created_at);

CREATE INDEX river_notification_topic_id_idx ON jobs.river_notification USING btree (topic, id);

CREATE INDEX person_login_name_idx ON login.person USING btree (login_name);

CREATE INDEX person_user_id_idx ON login.person USING btree (user_id);

CREATE INDEX request_browser_hash_begun_at_idx ON login.request USING btree (browser_hash, begun_at);

CREATE INDEX request_expires_at_idx ON login.request USING btree (expires_at);

CREATE INDEX session_browser_hash_idx ON login.session USING btree (browser_hash) WHERE (browser_hash IS NOT NULL);

CREATE INDEX session_expires_at_idx ON login.session USING btree (expires_at);

CREATE INDEX session_provider_name_id_idx ON login.session USING btree (provider, name_id);

CREATE INDEX session_user_id_idx ON login.session USING btree (user_id);

CREATE INDEX used_message_forget_at_idx ON login.used_message USING btree (forget_at);

CREATE INDEX job_expires_at_idx ON printing.job USING btree (expires_at) WHERE (state = 'ready'::text);

CREATE INDEX job_requested_at_idx ON printing.job USING btree (requested_at) WHERE (state = ANY (ARRAY['waiting'::text, 'printing'::text]));

CREATE INDEX kept_tenant_idx ON printing.kept USING btree (tenant) WHERE (version IS NULL);

CREATE INDEX link_tenant_idx ON release.link USING btree (tenant);

CREATE INDEX release_made_at_idx ON release.release USING btree (made_at) WHERE (state = 'loading'::text);

CREATE INDEX release_tenant_academic_year_type_idx ON release.release USING btree (tenant, academic_year, type);

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE ON audit.anchor FOR EACH ROW EXECUTE FUNCTION audit.keep();

CREATE TRIGGER keep_rows BEFORE DELETE OR UPDATE ON audit.chain FOR EACH ROW EXECUTE FUNCTION audit.keep();

CREATE TRIGGER keep_table BEFORE TRUNCATE ON audit.anchor FOR EACH STATEMENT EXECUTE FUNCTION audit.keep();

CREATE TRIGGER keep_table BEFORE TRUNCATE ON audit.chain FOR EACH STATEMENT EXECUTE FUNCTION audit.keep();

CREATE TRIGGER guard BEFORE UPDATE ON release.release FOR EACH ROW EXECUTE FUNCTION release.guard();

ALTER TABLE ONLY audit.anchor
    ADD CONSTRAINT anchor_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES audit.chain(chain_id);

ALTER TABLE ONLY batch.batch
    ADD CONSTRAINT batch_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY batch.event
    ADD CONSTRAINT event_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batch.batch(batch_id);

ALTER TABLE ONLY batch.reject
    ADD CONSTRAINT reject_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batch.batch(batch_id);

ALTER TABLE ONLY keyring.key
    ADD CONSTRAINT key_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY landing.account
    ADD CONSTRAINT account_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY login.request
    ADD CONSTRAINT request_provider_fkey FOREIGN KEY (provider) REFERENCES login.provider(provider) ON DELETE CASCADE;

ALTER TABLE ONLY printing.ahead
    ADD CONSTRAINT ahead_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY printing.job
    ADD CONSTRAINT job_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY printing.kept
    ADD CONSTRAINT kept_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY printing.part
    ADD CONSTRAINT part_job_id_fkey FOREIGN KEY (job_id) REFERENCES printing.job(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY release.institution
    ADD CONSTRAINT institution_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY release.link
    ADD CONSTRAINT link_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY release.release
    ADD CONSTRAINT release_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

ALTER TABLE ONLY session.session
    ADD CONSTRAINT session_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenant.tenant(tenant);

GRANT USAGE ON SCHEMA audit TO scorehouse_web;

GRANT USAGE ON SCHEMA batch TO scorehouse_landing;
GRANT USAGE ON SCHEMA batch TO scorehouse_loader;
GRANT USAGE ON SCHEMA batch TO scorehouse_migrator;

GRANT USAGE ON SCHEMA jobs TO scorehouse_landing;
GRANT USAGE ON SCHEMA jobs TO scorehouse_loader;
GRANT USAGE ON SCHEMA jobs TO scorehouse_migrator;
GRANT USAGE ON SCHEMA jobs TO scorehouse_web;
GRANT USAGE ON SCHEMA jobs TO scorehouse_printer;

GRANT USAGE ON SCHEMA keyring TO scorehouse_loader;

GRANT USAGE ON SCHEMA landing TO scorehouse_landing;

GRANT USAGE ON SCHEMA login TO scorehouse_web;

GRANT USAGE ON SCHEMA printing TO scorehouse_web;
GRANT USAGE ON SCHEMA printing TO scorehouse_printer;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA release TO scorehouse_web;
GRANT USAGE ON SCHEMA release TO scorehouse_printer;

GRANT USAGE ON SCHEMA session TO scorehouse_web;

GRANT USAGE ON SCHEMA tenant TO scorehouse_landing;
GRANT USAGE ON SCHEMA tenant TO scorehouse_loader;
GRANT USAGE ON SCHEMA tenant TO scorehouse_migrator;
GRANT USAGE ON SCHEMA tenant TO scorehouse_printer;
GRANT USAGE ON SCHEMA tenant TO scorehouse_web;

REVOKE ALL ON FUNCTION audit.keep() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.river_job_state_in_bitmask(bitmask bit, state jobs.river_job_state) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.river_job_state_in_bitmask(bitmask bit, state jobs.river_job_state) TO scorehouse_landing;
GRANT ALL ON FUNCTION jobs.river_job_state_in_bitmask(bitmask bit, state jobs.river_job_state) TO scorehouse_loader;
GRANT ALL ON FUNCTION jobs.river_job_state_in_bitmask(bitmask bit, state jobs.river_job_state) TO scorehouse_migrator;
GRANT ALL ON FUNCTION jobs.river_job_state_in_bitmask(bitmask bit, state jobs.river_job_state) TO scorehouse_printer;

REVOKE ALL ON FUNCTION release.guard() FROM PUBLIC;

GRANT SELECT(chain_id),INSERT(chain_id) ON TABLE audit.anchor TO scorehouse_web;

GRANT SELECT(seq),INSERT(seq) ON TABLE audit.anchor TO scorehouse_web;

GRANT INSERT(mac) ON TABLE audit.anchor TO scorehouse_web;

GRANT INSERT(mark) ON TABLE audit.anchor TO scorehouse_web;

GRANT SELECT(chain_id) ON TABLE audit.chain TO scorehouse_web;

GRANT SELECT(stream),INSERT(stream) ON TABLE audit.chain TO scorehouse_web;

GRANT SELECT(name),INSERT(name) ON TABLE audit.chain TO scorehouse_web;

GRANT INSERT(host) ON TABLE audit.chain TO scorehouse_web;

GRANT INSERT(directory) ON TABLE audit.chain TO scorehouse_web;

GRANT SELECT,UPDATE ON TABLE batch.batch TO scorehouse_loader;
GRANT SELECT,UPDATE ON TABLE batch.batch TO scorehouse_migrator;

GRANT SELECT(batch_id) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(tenant) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(file) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(file_size) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(digest) ON TABLE batch.batch TO scorehouse_landing;

GRANT SELECT(stored_as),INSERT(stored_as) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(sender) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(status) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(code) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(reason) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT(deadline_at) ON TABLE batch.batch TO scorehouse_landing;

GRANT INSERT ON TABLE batch.event TO scorehouse_landing;
GRANT SELECT,INSERT ON TABLE batch.event TO scorehouse_loader;
GRANT SELECT,INSERT ON TABLE batch.event TO scorehouse_migrator;

GRANT SELECT,INSERT,DELETE ON TABLE batch.reject TO scorehouse_loader;
GRANT SELECT,INSERT,DELETE ON TABLE batch.reject TO scorehouse_migrator;

GRANT SELECT,INSERT ON TABLE jobs.river_job TO scorehouse_landing;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_job TO scorehouse_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_job TO scorehouse_migrator;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_job TO scorehouse_printer;

GRANT SELECT(id) ON TABLE jobs.river_job TO scorehouse_web;

GRANT UPDATE(kind) ON TABLE jobs.river_job TO scorehouse_landing;

GRANT USAGE ON SEQUENCE jobs.river_job_id_seq TO scorehouse_landing;
GRANT USAGE ON SEQUENCE jobs.river_job_id_seq TO scorehouse_loader;
GRANT USAGE ON SEQUENCE jobs.river_job_id_seq TO scorehouse_migrator;
GRANT USAGE ON SEQUENCE jobs.river_job_id_seq TO scorehouse_printer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_leader TO scorehouse_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_leader TO scorehouse_migrator;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_leader TO scorehouse_printer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_notification TO scorehouse_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_notification TO scorehouse_migrator;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_notification TO scorehouse_printer;

GRANT USAGE ON SEQUENCE jobs.river_notification_id_seq TO scorehouse_loader;
GRANT USAGE ON SEQUENCE jobs.river_notification_id_seq TO scorehouse_migrator;
GRANT USAGE ON SEQUENCE jobs.river_notification_id_seq TO scorehouse_printer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_queue TO scorehouse_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_queue TO scorehouse_migrator;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.river_queue TO scorehouse_printer;

GRANT SELECT ON TABLE keyring.key TO scorehouse_loader;

GRANT SELECT ON TABLE landing.account TO scorehouse_landing;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE login.person TO scorehouse_web;

GRANT SELECT ON TABLE login.provider TO scorehouse_web;

GRANT UPDATE(metadata) ON TABLE login.provider TO scorehouse_web;

GRANT UPDATE(etag) ON TABLE login.provider TO scorehouse_web;

GRANT UPDATE(last_modified) ON TABLE login.provider TO scorehouse_web;

GRANT UPDATE(valid_until) ON TABLE login.provider TO scorehouse_web;

GRANT UPDATE(refreshed_at) ON TABLE login.provider TO scorehouse_web;

GRANT UPDATE(checked_at) ON TABLE login.provider TO scorehouse_web;

GRANT UPDATE(last_error) ON TABLE login.provider TO scorehouse_web;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE login.request TO scorehouse_web;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE login.session TO scorehouse_web;

GRANT SELECT,INSERT,DELETE ON TABLE login.used_message TO scorehouse_web;

GRANT UPDATE(forget_at) ON TABLE login.used_message TO scorehouse_web;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE printing.ahead TO scorehouse_printer;

GRANT SELECT,DELETE ON TABLE printing.job TO scorehouse_web;
GRANT SELECT,DELETE ON TABLE printing.job TO scorehouse_printer;

GRANT INSERT(job_id) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(tenant) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(provider) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(requester) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(requester_name) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(once) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(scope),UPDATE(scope) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(wish) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(place) ON TABLE printing.job TO scorehouse_web;

GRANT INSERT(schools),UPDATE(schools) ON TABLE printing.job TO scorehouse_web;
GRANT UPDATE(schools) ON TABLE printing.job TO scorehouse_printer;

GRANT INSERT(students),UPDATE(students) ON TABLE printing.job TO scorehouse_web;

GRANT UPDATE(students_done) ON TABLE printing.job TO scorehouse_web;
GRANT UPDATE(students_done) ON TABLE printing.job TO scorehouse_printer;

GRANT UPDATE(state) ON TABLE printing.job TO scorehouse_web;
GRANT UPDATE(state) ON TABLE printing.job TO scorehouse_printer;

GRANT UPDATE(reason) ON TABLE printing.job TO scorehouse_web;
GRANT UPDATE(reason) ON TABLE printing.job TO scorehouse_printer;

GRANT UPDATE(attempt) ON TABLE printing.job TO scorehouse_printer;

GRANT UPDATE(version) ON TABLE printing.job TO scorehouse_printer;

GRANT UPDATE(requested_at) ON TABLE printing.job TO scorehouse_web;

GRANT UPDATE(queued_at) ON TABLE printing.job TO scorehouse_web;
GRANT UPDATE(queued_at) ON TABLE printing.job TO scorehouse_printer;

GRANT UPDATE(finished_at) ON TABLE printing.job TO scorehouse_web;
GRANT UPDATE(finished_at) ON TABLE printing.job TO scorehouse_printer;

GRANT UPDATE(expires_at) ON TABLE printing.job TO scorehouse_web;
GRANT UPDATE(expires_at) ON TABLE printing.job TO scorehouse_printer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE printing.kept TO scorehouse_printer;

GRANT SELECT ON TABLE printing.part TO scorehouse_web;
GRANT SELECT,INSERT,DELETE ON TABLE printing.part TO scorehouse_printer;

GRANT SELECT ON TABLE tenant.tenant TO scorehouse_landing;
GRANT SELECT ON TABLE tenant.tenant TO scorehouse_loader;
GRANT SELECT ON TABLE tenant.tenant TO scorehouse_migrator;
GRANT SELECT ON TABLE tenant.tenant TO scorehouse_printer;
GRANT SELECT ON TABLE tenant.tenant TO scorehouse_web;

GRANT SELECT ON TABLE printing.standing TO scorehouse_web;
GRANT SELECT ON TABLE printing.standing TO scorehouse_printer;

GRANT SELECT,INSERT ON TABLE release.institution TO scorehouse_printer;

GRANT SELECT ON TABLE release.link TO scorehouse_web;

GRANT INSERT(tenant) ON TABLE release.link TO scorehouse_web;

GRANT INSERT(token_hash) ON TABLE release.link TO scorehouse_web;

GRANT INSERT(note) ON TABLE release.link TO scorehouse_web;

GRANT INSERT(indexable) ON TABLE release.link TO scorehouse_web;

GRANT INSERT(made_by) ON TABLE release.link TO scorehouse_web;

GRANT INSERT(expires_at) ON TABLE release.link TO scorehouse_web;

GRANT UPDATE(revoked_at) ON TABLE release.link TO scorehouse_web;

GRANT UPDATE(revoked_by) ON TABLE release.link TO scorehouse_web;

GRANT SELECT ON TABLE release.release TO scorehouse_web;
GRANT SELECT ON TABLE release.release TO scorehouse_printer;

GRANT INSERT(tenant) ON TABLE release.release TO scorehouse_web;

GRANT INSERT(academic_year) ON TABLE release.release TO scorehouse_web;

GRANT INSERT(kind) ON TABLE release.release TO scorehouse_web;

GRANT INSERT(subjects) ON TABLE release.release TO scorehouse_web;

GRANT UPDATE(state) ON TABLE release.release TO scorehouse_web;
GRANT UPDATE(state) ON TABLE release.release TO scorehouse_printer;

GRANT INSERT(made_by) ON TABLE release.release TO scorehouse_web;

GRANT UPDATE(queued_at) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(decided_at) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(version) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(policy) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(earlier) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(counts) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(decision) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(names) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(levels) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(forecast) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(reasons) ON TABLE release.release TO scorehouse_printer;

GRANT UPDATE(released_by) ON TABLE release.release TO scorehouse_web;

GRANT UPDATE(withdrawn_by) ON TABLE release.release TO scorehouse_web;

GRANT UPDATE(withdrawn_at) ON TABLE release.release TO scorehouse_web;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE session.session TO scorehouse_web;
