-- Sign-in through identity providers, and sessions with an idle limit that may reach several tenants.
-- Runs with the code before it: yes. That code keeps its sessions in session.session, which is left alone and goes in a later version;
-- who is signed in there signs in again once.

create schema login;

create table login.provider (
  provider      text primary key check (provider ~ '^[a-z][a-z0-9_-]{0,31}$'),
  title         text not null check (title <> ''),
  entity_id     text not null unique check (entity_id <> ''),
  metadata      text not null,
  metadata_url  text,
  etag          text not null default '',
  last_modified text not null default '',
  valid_until   timestamptz,
  tenants       text[] not null,
  all_tenants   boolean not null default false,
  shape         text not null check (shape in ('sbac', 'live', 'ldap', 'mapped')),
  mapping       jsonb not null default '{}',
  name_id_format text not null default '',
  skew_seconds  int not null default 0 check (skew_seconds between 0 and 600),
  allow_cbc     boolean not null default false,
  added_at      timestamptz not null default now(),
  refreshed_at  timestamptz not null default now(),
  checked_at    timestamptz not null default now(),
  last_error    text not null default '',
  disabled_at   timestamptz,
  check (all_tenants = (cardinality(tenants) = 0))
);
comment on table login.provider is 'Identity providers whose statements about people are believed. Owned by package login, as all of this schema.';
comment on column login.provider.metadata is 'The last good metadata document: its certificates and addresses are in force.';
comment on column login.provider.tenants is 'Tenants it may speak for; it can grant nothing elsewhere.';
comment on column login.provider.all_tenants is 'It may speak for every tenant, those added later included.';
comment on column login.provider.skew_seconds is 'How far its clock may differ from ours; 0 is the default of package saml.';
comment on column login.provider.allow_cbc is 'An operator accepted assertions encrypted with AES-CBC, which older providers use.';
comment on column login.provider.shape is 'How its attributes say who a person is and what the person holds (docs/operations/sign-in.md).';
comment on column login.provider.refreshed_at is 'When the document was last found good; checked_at: when it was last asked for.';

create table login.request (
  relay_state  text primary key,
  request_id   text not null unique,
  provider     text not null references login.provider on delete cascade,
  kind         text not null check (kind in ('sign-in', 'sign-out')),
  browser_hash bytea not null,
  return_to    text not null,
  begun_at     timestamptz not null,
  expires_at   timestamptz not null,
  finished_at  timestamptz
);
create index on login.request (browser_hash, begun_at);
create index on login.request (expires_at);
comment on table login.request is 'Sign-ins and sign-outs that wait for an identity provider''s answer. An answer is taken once.';
comment on column login.request.relay_state is 'Random; travels through the browser and the identity provider and back.';
comment on column login.request.browser_hash is 'SHA-256 of the cookie of the browser that began it; no other browser can finish it.';

create table login.used_message (
  digest    bytea primary key,
  forget_at timestamptz not null
);
create index on login.used_message (forget_at);
comment on table login.used_message is 'SHA-256 of issuer and id of every assertion and logout request taken, for as long as it could be believed again.';

create table login.session (
  session_id        text primary key,
  token_hash        bytea not null unique,
  browser_hash      bytea,
  provider          text not null,
  user_id           text not null,
  name              text not null,
  title             text not null default '',
  tenants           text[] not null,
  grants            json not null,
  name_id           text not null default '',
  name_id_format    text not null default '',
  name_qualifier    text not null default '',
  sp_name_qualifier text not null default '',
  session_index     text not null default '',
  started_at        timestamptz not null,
  last_seen_at      timestamptz not null,
  expires_at        timestamptz not null
);
create index on login.session (browser_hash) where browser_hash is not null;
create index on login.session (provider, name_id);
create index on login.session (user_id);
create index on login.session (expires_at);
comment on table login.session is 'Signed-in people. The token itself is only in the cookie; here is its SHA-256. session_id is for operators'' lists and the audit trail: nobody can sign in with it.';
comment on column login.session.browser_hash is 'SHA-256 of the cookie of the browser that signed in. A new sign-in of the browser ends the session before it.';
comment on column login.session.provider is 'Identity provider that said who it is; no reference, so that the sessions of a removed one can be ended and counted.';
comment on column login.session.tenants is 'Tenants in which something is granted, for lists and revocation.';
comment on column login.session.grants is 'Lists of texts: tenant, role, then a district and a school (or empty) for each institution. Read at every page, so it is short.';
comment on column login.session.last_seen_at is 'Last use, to the minute. The idle limit counts from here.';

create table login.person (
  provider     text not null,
  user_id      text not null,
  login_name   text not null default '',
  grants       jsonb not null,
  rejections   jsonb not null default '[]',
  signed_in_at timestamptz not null,
  primary key (provider, user_id)
);
create index on login.person (user_id);
create index on login.person (login_name);
comment on table login.person is 'What the last sign-in of each person granted, so that an operator can explain it. No name, no address.';
comment on column login.person.rejections is 'Values that gave less than they said: position and reason, never the value.';
