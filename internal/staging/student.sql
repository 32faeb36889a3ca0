-- One row per row of the file that creates a result; after sealing one per student, that of the last such row.
create table student (
  line        int not null,
  code        text not null,
  external_id text,
  first_name  text,
  middle_name text,
  last_name   text,
  birth_on    date,
  sex         smallint not null,
  group_ids   text[],
  group_names text[]
)
