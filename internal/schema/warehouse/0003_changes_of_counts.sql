-- What an index of counted results must take out and put in to get from one version to a later one, without reading everything again.
-- Runs with the code before it: yes.
--
-- Both views show changes from the version that the transaction has set as scope.since to the one it has set as scope.version. The settings are read
-- once (span), not for each row.

-- The results of a student, year and subject in which anything changed: what counted (more = -1) and what counts (more = 1). What is on both sides
-- cancels out. The rule is that of counted_outcome.
create view counted_change as
with span as materialized (
  select nullif(current_setting('scope.since', true), '')::int as since, nullif(current_setting('scope.version', true), '')::int as version
), changed as materialized (
  -- came and is still there
  select student_id, academic_year, subject, from_version, to_version, taken_on, batch_id, assessment_id, district_id, school_id, grade, performance_level,
    sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
  from assessment_outcome
  where from_version > (select since from span) and from_version <= (select version from span) and to_version > (select version from span)
    and type = 1 and condition in (0, 1) and performance_level is not null
  union all
  -- was there and went
  select student_id, academic_year, subject, from_version, to_version, taken_on, batch_id, assessment_id, district_id, school_id, grade, performance_level,
    sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
  from assessment_outcome
  where to_version > (select since from span) and to_version <= (select version from span) and from_version <= (select since from span)
    and type = 1 and condition in (0, 1) and performance_level is not null
), held as materialized (
  select * from changed
  union all
  -- others of the same student, year and subject, there all the time; looked up in order, which finds neighbours in memory
  select o.student_id, o.academic_year, o.subject, o.from_version, o.to_version, o.taken_on, o.batch_id, o.assessment_id, o.district_id, o.school_id, o.grade,
    o.performance_level, o.sex, o.ethnicity, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete
  from (select distinct student_id, academic_year, subject from changed order by student_id) c
  join assessment_outcome o on o.student_id = c.student_id and o.academic_year = c.academic_year and o.subject = c.subject
  where o.from_version <= (select since from span) and o.to_version > (select version from span)
    and o.type = 1 and o.condition in (0, 1) and o.performance_level is not null
)
select -1 as more, academic_year, subject, district_id, school_id, grade, performance_level,
  sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
from (
  select distinct on (student_id, academic_year, subject) * from held where from_version <= (select since from span)
  order by student_id, academic_year, subject, taken_on desc, batch_id desc, assessment_id desc
) before
union all
select 1, academic_year, subject, district_id, school_id, grade, performance_level,
  sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
from (
  select distinct on (student_id, academic_year, subject) * from held where to_version > (select version from span)
  order by student_id, academic_year, subject, taken_on desc, batch_id desc, assessment_id desc
) after;
comment on view counted_change is 'Summative results that count no more (more = -1) and that count now (1), from scope.since to scope.version, as counted_outcome decides. Nothing in a row tells one student from another.';

create view interim_change as
with span as materialized (
  select nullif(current_setting('scope.since', true), '')::int as since, nullif(current_setting('scope.version', true), '')::int as version
)
select 1 as more, academic_year, type, subject, district_id, school_id, grade
from assessment_outcome
where from_version > (select since from span) and from_version <= (select version from span) and to_version > (select version from span)
  and type in (2, 3)
union all
select -1, academic_year, type, subject, district_id, school_id, grade
from assessment_outcome
where to_version > (select since from span) and to_version <= (select version from span) and from_version <= (select since from span)
  and type in (2, 3);
comment on view interim_change is 'Interim results that came (more = 1) and went (-1) from scope.since to scope.version, without score or student.';

grant create on schema public to {views}; -- for a moment: an owner needs it when it becomes one
alter view counted_change owner to {views};
alter view interim_change owner to {views};
revoke create on schema public from {views};
