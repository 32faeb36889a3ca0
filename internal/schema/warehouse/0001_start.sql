-- The warehouse of a tenant: a star schema whose rows carry the versions in which they hold.
-- A row holds in version v when from_version <= v and v < to_version. Rows are closed, never changed.
-- Runs with the code before it: yes (first version).

create table publication (
  version        int primary key,
  batch_id       int not null,
  kind           text not null check (kind in ('publish', 'withdraw')),
  published_at   timestamptz not null default now(),
  rows_staged    bigint not null default 0,
  rows_new       bigint not null default 0,
  rows_changed   bigint not null default 0,
  rows_same      bigint not null default 0,
  rows_older     bigint not null default 0,
  rows_deleted   bigint not null default 0,
  rows_rejected  bigint not null default 0,
  unique (batch_id, kind),
  check (rows_staged = rows_new + rows_changed + rows_same + rows_older + rows_deleted + rows_rejected)
);
comment on table publication is 'The truth about what is in the warehouse: one row per version, written in the transaction that made it.';
comment on column publication.rows_staged is 'Rows of the batch. Each is counted once in the columns after it; a delete and a create of one result are an update, and both rows count as what the create is.';
comment on column publication.rows_older is 'Rows left out because a batch that arrived later brought or deleted the same result already.';
comment on column publication.rows_rejected is 'Deletes without a current result, code 1000.';

create table assessment (
  assessment_id     int not null,
  guid              text not null,
  type              smallint not null,
  subject           text not null,
  academic_year     smallint not null,
  period            text not null default '',
  form_version      text not null,
  effective_on      date not null,
  score_min         smallint not null,
  score_max         smallint not null,
  level_names       text[] not null,
  cut_points        smallint[] not null,
  claim_numbers     smallint[] not null,
  claim_names       text[] not null,
  claim_score_min   smallint[] not null,
  claim_score_max   smallint[] not null,
  claim_level_names text[] not null,
  batch_id          int not null,
  from_version      int not null,
  to_version        int not null default 2147483647,
  primary key (assessment_id, from_version)
);
create unique index on assessment (guid) where to_version = 2147483647;
create sequence assessment_id owned by assessment.assessment_id;
comment on table assessment is 'One test of one subject and year. assessment_id stays the same over versions.';
comment on column assessment.cut_points is 'Lowest score of levels 2, 3, ...';

create table district (
  district_id  int not null,
  code         text not null,
  name         text not null,
  batch_id     int not null,
  from_version int not null,
  to_version   int not null default 2147483647,
  primary key (district_id, from_version)
);
create unique index on district (code) where to_version = 2147483647;
create sequence district_id owned by district.district_id;
comment on table district is 'Responsible districts. district_id stays the same over versions.';

create table school (
  school_id    int not null,
  district_id  int not null,
  code         text not null,
  name         text not null,
  batch_id     int not null,
  from_version int not null,
  to_version   int not null default 2147483647,
  primary key (school_id, from_version)
);
create unique index on school (district_id, code) where to_version = 2147483647;
create sequence school_id owned by school.school_id;
comment on table school is 'Responsible schools. school_id stays the same over versions; a code is unique within its district.';

create table location (
  location_id int generated always as identity primary key,
  code        text,
  name        text,
  unique nulls not distinct (code, name)
);
comment on table location is 'Where an assessment was taken. Never changes: another name is another row.';

create table student (
  student_id   int not null,
  code         text not null,
  external_id  text,
  first_name   text,
  middle_name  text,
  last_name    text,
  birth_on     date,
  sex          smallint not null,
  group_ids    text[],
  group_names  text[],
  batch_id     int not null,
  from_version int not null,
  to_version   int not null default 2147483647
) partition by range (to_version);
create table student_current partition of student for values from (2147483647) to (maxvalue);
create table student_closed partition of student for values from (minvalue) to (2147483647);
create unique index on student_current (student_id);
create unique index on student_current (code);
create index on student_current (from_version);
create index on student_closed (student_id);
create index on student_closed (code);
create index on student_closed (from_version);
create index on student_closed (to_version);
create sequence student_id owned by student.student_id;
alter table student_current set (autovacuum_vacuum_scale_factor = 0.02);
comment on table student is 'Who a student is. student_id stays the same over versions. Demographics as tested are on the outcome.';
comment on column student.code is 'StudentIdentifier, unique in the state.';

create table assessment_outcome (
  student_id        int not null,
  assessment_id     int not null,
  district_id       int not null,
  school_id         int not null,
  batch_id          int not null,
  from_version      int not null,
  to_version        int not null default 2147483647,
  taken_on          date not null,
  location_id       int,
  academic_year     smallint not null,
  type              smallint not null,
  grade             smallint not null,
  enrolled_grade    smallint not null,
  score             smallint,
  score_low         smallint,
  score_high        smallint,
  performance_level smallint,
  sex               smallint not null,
  ethnicity         smallint not null,
  race              smallint not null,
  iep               smallint not null,
  limited_english   smallint not null,
  section_504       smallint not null,
  economic_disadvantage smallint not null,
  migrant           smallint not null,
  complete          smallint not null,
  condition         smallint not null,
  subject           text not null,
  claims            smallint[],
  accommodations    bytea
) partition by range (to_version);
create table assessment_outcome_current partition of assessment_outcome for values from (2147483647) to (maxvalue);
create table assessment_outcome_closed partition of assessment_outcome for values from (minvalue) to (2147483647);
create unique index on assessment_outcome_current (student_id, assessment_id, taken_on);
create index on assessment_outcome_current (school_id, grade);
create index on assessment_outcome_current (from_version);
create index on assessment_outcome_closed (student_id, assessment_id);
create index on assessment_outcome_closed (school_id, grade);
create index on assessment_outcome_closed (from_version);
create index on assessment_outcome_closed (to_version);
alter table assessment_outcome_current set (autovacuum_vacuum_scale_factor = 0.02);
comment on table assessment_outcome is 'How a student did. Natural key: student, assessment, day taken. Codes: docs/formats/codes.md.';
comment on column assessment_outcome.race is 'The seven race flags of the file, two bits each (edu.Race.Pack).';
comment on column assessment_outcome.iep is 'Flags: 0 not stated, 1 no, 2 yes; likewise the four columns after it and complete.';
comment on column assessment_outcome.claims is 'Four numbers per claim in the order of the assessment''s claims: score, low, high, level; absent values null.';
comment on column assessment_outcome.accommodations is 'Fifteen use-codes, one byte each, in the order of edu.Accommodations; null when all are 0.';

create table deleted_outcome (
  student_code    text not null,
  assessment_guid text not null,
  taken_on        date not null,
  batch_id        int not null,
  primary key (student_code, assessment_guid, taken_on)
);
comment on table deleted_outcome is 'Results that senders asked to delete, found or not, with the last batch that asked: an earlier one published later must not bring them back.';

create table confirmed_outcome (
  student_id    int not null,
  assessment_id int not null,
  taken_on      date not null,
  batch_id      int not null,
  primary key (student_id, assessment_id, taken_on)
);
comment on table confirmed_outcome is 'Current results that a later batch brought again unchanged while one between the two was still to be published: that one must not change them. Such a batch makes no row versions.';

create table confirmed_dimension (
  dimension text not null check (dimension in ('assessment', 'district', 'school', 'student')),
  id        int not null,
  batch_id  int not null,
  primary key (dimension, id)
);
comment on table confirmed_dimension is 'As confirmed_outcome, for assessments, districts, schools and students. id is the dimension''s own.';

create table custom_metadata (
  state_code           text not null,
  asmt_subject         text not null default '',
  asmt_custom_metadata text not null,
  primary key (state_code, asmt_subject)
);
comment on table custom_metadata is 'Operators'' settings (runbook 7.1.2.3.2): JSON with min_cell_size, colors, branding. An empty subject means all subjects.';
