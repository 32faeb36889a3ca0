-- Printed reports: what people have asked for, what became of it, and what is printed ahead. The documents are files, encrypted; nothing of a
-- student is in these tables but the warehouse's own numbers of students who were chosen one by one.
-- Runs with the code before it: yes (new tables only).

create schema printing;

create table printing.job (
  job_id        text primary key check (job_id ~ '^[a-z2-7]{26}$'),
  tenant        text not null references tenant.tenant,
  provider      text not null,
  requester     text not null,
  requester_name text not null default '',
  once          text not null check (once <> ''),
  scope         jsonb not null,
  wish          jsonb not null,
  place         jsonb not null,
  schools       jsonb not null,
  students      int not null check (students >= 0),
  students_done int not null default 0,
  state         text not null default 'waiting' check (state in ('waiting', 'printing', 'ready', 'failed', 'cancelled', 'expired')),
  reason        text check (reason ~ '^[a-z_]{1,32}$'),
  attempt       int not null default 0,
  version       int,
  requested_at  timestamptz not null default now(),
  queued_at     timestamptz,
  finished_at   timestamptz,
  expires_at    timestamptz,
  unique (provider, requester, once),
  check ((state = 'failed') = (reason is not null)),
  check (state not in ('ready', 'expired') or expires_at is not null)
);
create index on printing.job (requested_at) where state in ('waiting', 'printing');
create index on printing.job (expires_at) where state = 'ready';
comment on table printing.job is 'One row per bundle of reports that somebody has asked for. Owned by package printing, as all of this schema.';
comment on column printing.job.requester is 'Id of the person at the identity provider. Nobody else learns that the job exists.';
comment on column printing.job.once is 'Made with the form: sending it twice asks once.';
comment on column printing.job.scope is 'What the person might see when asking; the printer reads with it, and no further.';
comment on column printing.job.wish is 'Whose reports, and how they are printed.';
comment on column printing.job.place is 'Names of the district and school asked for, for lists.';
comment on column printing.job.schools is 'Codes of the schools whose students are in it: who may not see them any more cannot collect it.';
comment on column printing.job.attempt is 'A worker names its attempt in whatever it writes; an older one is refused.';
comment on column printing.job.queued_at is 'When it was given to the queue; null waits for that.';
comment on column printing.job.reason is 'A class of failures, for people in their language. Never a value.';

create table printing.part (
  job_id     text not null references printing.job on delete cascade,
  number     smallint not null check (number > 0),
  school     text not null default '',
  grade      smallint,
  piece      smallint not null default 1,
  pieces     smallint not null default 1,
  first_letters text not null default '' check (char_length(first_letters) <= 3),
  last_letters  text not null default '' check (char_length(last_letters) <= 3),
  students   int not null,
  pages      int not null,
  bytes      bigint not null,
  digest     bytea not null check (octet_length(digest) = 32),
  file_name  text not null,
  stored_as  text not null unique,
  primary key (job_id, number)
);
comment on table printing.part is 'The documents of a job that is ready.';
comment on column printing.part.piece is 'Which of pieces: a school and grade, or a whole bundle, with more than a thousand students comes in several documents.';
comment on column printing.part.first_letters is 'How the last names of a piece begin, as on the back of a volume; last_letters: how they end. Empty when there is one piece.';
comment on column printing.part.bytes is 'Size of the document; the stored file, which is encrypted, is a little larger. digest: SHA-256 of the document.';

create table printing.ahead (
  tenant          text primary key references tenant.tenant,
  checked_version int not null default 0,
  wanted_at       timestamptz,
  scheduled_on    date,
  begun_at        timestamptz,
  finished_at     timestamptz,
  printed         int not null default 0,
  failed          int not null default 0
);
comment on table printing.ahead is 'Printing ahead of requests, by tenant: how far changes have been looked for, and the last run.';
comment on column printing.ahead.checked_version is 'Version of the warehouse up to which classes with changes have been found and are due anew.';
comment on column printing.ahead.wanted_at is 'A run is wanted: the clock, a publication or an operator asks for it.';

create table printing.kept (
  tenant        text not null references tenant.tenant,
  district      text not null,
  school        text not null,
  grade         smallint not null,
  academic_year smallint not null,
  type          smallint not null,
  due_version   int not null,
  version       int,
  students      int not null default 0,
  pages         int not null default 0,
  bytes         bigint not null default 0,
  digest        bytea,
  stored_as     text unique,
  printed_at    timestamptz,
  primary key (tenant, district, school, grade, academic_year, type),
  check (version is null or stored_as is not null and digest is not null)
);
create index on printing.kept (tenant) where version is null;
comment on table printing.kept is 'Documents printed ahead: one per school, grade, academic year and type of assessment, in English and gray.';
comment on column printing.kept.due_version is 'Version in which anything of the class last changed.';
comment on column printing.kept.version is 'Version that the document shows; null when it is due: then nothing may be made of the old one.';
