-- One row per accepted row of the file, in the order of the file. line is the physical line on which the row begins.
-- Column meanings and codes: schema/warehouse, table assessment_outcome. A delete has only its key; the rest is 0 or null.
-- No key: the loader gives each row a line of its own, and an index costs as much as a quarter of the COPY.
create table outcome (
  line                  int not null,
  operation             smallint not null,
  student_code          text not null,
  school_number         int not null,
  taken_on              date not null,
  location_code         text,
  location_name         text,
  grade                 smallint not null,
  enrolled_grade        smallint not null,
  score                 smallint,
  score_low             smallint,
  score_high            smallint,
  performance_level     smallint,
  sex                   smallint not null,
  ethnicity             smallint not null,
  race                  smallint not null,
  iep                   smallint not null,
  limited_english       smallint not null,
  section_504           smallint not null,
  economic_disadvantage smallint not null,
  migrant               smallint not null,
  complete              smallint not null,
  condition             smallint not null,
  claims                smallint[],
  accommodations        bytea
)
