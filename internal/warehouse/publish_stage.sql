-- The staged rows of one batch, as package staging leaves them: the same columns in the same order, since they arrive
-- by binary COPY. All four tables end with the transaction.

-- One row: edu.Assessment.
create temporary table staged_assessment (
  document jsonb not null
) on commit drop;

-- One row per school that the file names.
create temporary table staged_school (
  school_number int not null,
  district_code text,
  district_name text,
  school_code   text,
  school_name   text
) on commit drop;

-- One row per student with a create row.
create temporary table staged_student (
  line        int not null,
  code        text,
  external_id text,
  first_name  text,
  middle_name text,
  last_name   text,
  birth_on    date,
  sex         smallint,
  group_ids   text[],
  group_names text[]
) on commit drop;

-- One row per row of the file that was accepted: at most one create and one delete per student and day.
create temporary table staged_outcome (
  line                  int not null,
  operation             smallint not null,
  student_code          text,
  school_number         int,
  taken_on              date,
  location_code         text,
  location_name         text,
  grade                 smallint,
  enrolled_grade        smallint,
  score                 smallint,
  score_low             smallint,
  score_high            smallint,
  performance_level     smallint,
  sex                   smallint,
  ethnicity             smallint,
  race                  smallint,
  iep                   smallint,
  limited_english       smallint,
  section_504           smallint,
  economic_disadvantage smallint,
  migrant               smallint,
  complete              smallint,
  condition             smallint,
  claims                smallint[],
  accommodations        bytea
) on commit drop;
