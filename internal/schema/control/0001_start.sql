-- The control database: one per installation. One PostgreSQL schema per owning package.
-- Runs with the code before it: yes (first version).

create schema tenant;
create table tenant.tenant (
  tenant     text primary key check (tenant ~ '^[a-z][a-z0-9_]{0,31}$'),
  state_code text not null unique check (state_code ~ '^[A-Z]{2}$'),
  name       text not null check (name <> ''),
  created_at timestamptz not null default now()
);
comment on table tenant.tenant is 'One row per customer state. Owned by package control.';

create schema keyring;
create table keyring.key (
  key_id      int generated always as identity primary key,
  role        text not null check (role in ('loader', 'sender')),
  tenant      text references tenant.tenant check ((tenant is null) = (role = 'loader')),
  fingerprint text not null check (fingerprint ~ '^[0-9A-F]{40,64}$'),
  user_ids    text[] not null,
  algorithm   text not null,
  bits        int not null,
  allow_weak  boolean not null default false,
  public_key  text not null,
  expires_at  timestamptz,
  imported_at timestamptz not null default now(),
  unique nulls not distinct (role, tenant, fingerprint)
);
comment on table keyring.key is 'OpenPGP keys. Public parts only: the loader''s private keys are encrypted files in the keys directory.';
comment on column keyring.key.allow_weak is 'An operator accepted a key below today''s strength (RSA under 2048 bits, SHA-1 self-signature) for this role and tenant.';

create schema landing;
create table landing.account (
  account         text primary key check (account ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  tenant          text not null references tenant.tenant,
  authorized_keys text[] not null,
  created_at      timestamptz not null default now(),
  disabled_at     timestamptz
);
comment on table landing.account is 'SFTP accounts of senders. authorized_keys are OpenSSH public key lines.';

create schema batch;
create table batch.batch (
  batch_id         int generated always as identity primary key,
  tenant           text not null references tenant.tenant,
  file             text not null,
  file_size        bigint not null,
  digest           text not null check (digest ~ '^[0-9a-f]{64}$'),
  stored_as        text not null unique,
  sender           text not null,
  status           text not null check (status in
    ('received', 'loading', 'staged', 'migrating', 'published', 'rejected', 'failed', 'withdrawn')),
  attempt          int not null default 0,
  signer           text,
  content          text,
  assessment_guid  text,
  assessment_type  smallint,
  subject          text,
  academic_year    smallint,
  rows_total       bigint,
  rows_accepted    bigint,
  rows_rejected    bigint,
  staging_schema   text,
  version          int,
  code             int,
  reason           text,
  received_at      timestamptz not null default now(),
  status_since     timestamptz not null default now(),
  deadline_at      timestamptz
);
create index on batch.batch (tenant, batch_id);
create index on batch.batch (deadline_at) where deadline_at is not null;
comment on table batch.batch is 'One uploaded package and its life. batch_id is the order of arrival: where two batches bring the same result, the higher one wins.';
comment on column batch.batch.digest is 'SHA-256 of the file as it arrived (still encrypted), lower-case hex.';
comment on column batch.batch.stored_as is 'Name of the kept input file in the file store, relative to its root.';
comment on column batch.batch.sender is 'SFTP account that uploaded the file.';
comment on column batch.batch.attempt is 'Number of the newest attempt to work on the batch. Every change of status names its attempt; an older one is refused.';
comment on column batch.batch.signer is 'Fingerprint of the sender''s key whose signature was verified.';
comment on column batch.batch.version is 'Version of the warehouse that published the batch.';
comment on column batch.batch.code is 'Code of docs/formats/codes.md when rejected or failed.';
comment on column batch.batch.deadline_at is 'When the sweep looks at the batch if it still has this status. Absent in final statuses.';

create table batch.event (
  event_id      bigint generated always as identity primary key,
  batch_id      int not null references batch.batch,
  attempt       int not null,
  stage         text not null,
  outcome       text not null check (outcome in ('done', 'rejected', 'failed', 'note')),
  started_at    timestamptz not null,
  finished_at   timestamptz not null,
  rows_in       bigint,
  rows_out      bigint,
  rows_rejected bigint,
  detail        text not null default ''
);
create index on batch.event (batch_id, event_id);
comment on table batch.event is 'The story of a batch: one row per stage and attempt. detail never holds student data.';

create table batch.reject (
  batch_id    int not null references batch.batch,
  attempt     int not null,
  stage       text not null check (stage in ('check', 'stage', 'migrate')),
  file        text not null,
  line        bigint not null,
  column_name text not null,
  code        int not null,
  message     text not null
);
create index on batch.reject (batch_id, line);
comment on table batch.reject is 'Rows refused, with place and reason. message never repeats a value of the row.';
comment on column batch.reject.line is 'Physical line of the file on which the row begins, as an editor counts; the header is line 1. 0 when the whole file is meant.';

create schema session;
create table session.session (
  token_hash bytea primary key,
  tenant     text not null references tenant.tenant,
  person     text not null,
  grants     jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
comment on table session.session is 'Signed-in people. The token itself is only in the cookie; here is its SHA-256.';
