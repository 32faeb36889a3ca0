-- counted_change in less time: other results of a student are looked up among current ones, and only the few that are current no more are searched otherwise. Two
-- readers can share the students: scope.share of scope.shares (0 of 1 when not set).
-- Runs with the code before it: yes.
drop view counted_change;
create view counted_change as
with span as materialized (
  select
    nullif(current_setting('scope.since', true), '')::int as since,
    nullif(current_setting('scope.version', true), '')::int as version,
    coalesce(nullif(current_setting('scope.share', true), '')::int, 0) as share,
    coalesce(nullif(current_setting('scope.shares', true), '')::int, 1) as shares
), changed as materialized (
  -- came and is still there
  select student_id, academic_year, subject, false as was, taken_on, batch_id, assessment_id, district_id, school_id, grade, performance_level,
    sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
  from assessment_outcome
  where from_version > (select since from span) and from_version <= (select version from span) and to_version > (select version from span)
    and type = 1 and condition in (0, 1) and performance_level is not null
    and student_id % (select shares from span) = (select share from span)
  union all
  -- was there and went
  select student_id, academic_year, subject, true, taken_on, batch_id, assessment_id, district_id, school_id, grade, performance_level,
    sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
  from assessment_outcome
  where to_version > (select since from span) and to_version <= (select version from span) and from_version <= (select since from span)
    and type = 1 and condition in (0, 1) and performance_level is not null
    and student_id % (select shares from span) = (select share from span)
), other as materialized (
  -- of the same student, year and subject, there all the time; looked up in order, which finds neighbours in memory
  select o.student_id, o.academic_year, o.subject, o.taken_on, o.batch_id, o.assessment_id, o.district_id, o.school_id, o.grade, o.performance_level,
    o.sex, o.ethnicity, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete
  from (select distinct student_id, academic_year, subject from changed order by student_id) c
  join assessment_outcome_current o on o.student_id = c.student_id and o.academic_year = c.academic_year and o.subject = c.subject
  where o.from_version <= (select since from span)
    and o.type = 1 and o.condition in (0, 1) and o.performance_level is not null
  union all
  -- likewise, and gone since; none when the version is the newest
  select o.student_id, o.academic_year, o.subject, o.taken_on, o.batch_id, o.assessment_id, o.district_id, o.school_id, o.grade, o.performance_level,
    o.sex, o.ethnicity, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete
  from assessment_outcome o
  where o.to_version > (select version from span) and o.to_version < 2147483647 and o.from_version <= (select since from span)
    and o.type = 1 and o.condition in (0, 1) and o.performance_level is not null
    and exists (
      select from changed c where c.student_id = o.student_id and c.academic_year = o.academic_year and c.subject = o.subject)
)
select -1 as more, academic_year, subject, district_id, school_id, grade, performance_level,
  sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
from (
  select distinct on (student_id, academic_year, subject) *
  from (select * from changed where was union all select student_id, academic_year, subject, true, taken_on, batch_id, assessment_id, district_id, school_id,
    grade, performance_level, sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete from other) held
  order by student_id, academic_year, subject, taken_on desc, batch_id desc, assessment_id desc
) before
union all
select 1, academic_year, subject, district_id, school_id, grade, performance_level,
  sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete
from (
  select distinct on (student_id, academic_year, subject) *
  from (select * from changed where not was union all select student_id, academic_year, subject, false, taken_on, batch_id, assessment_id, district_id, school_id,
    grade, performance_level, sex, ethnicity, iep, limited_english, section_504, economic_disadvantage, migrant, complete from other) held
  order by student_id, academic_year, subject, taken_on desc, batch_id desc, assessment_id desc
) after;
comment on view counted_change is 'Summative results that count no more (more = -1) and that count now (1), from scope.since to scope.version, as counted_outcome decides; of the students of scope.share. What is on both sides cancels out. Nothing in a row tells one student from another.';

grant create on schema public to {views}; -- for a moment: an owner needs it when it becomes one
alter view counted_change owner to {views};
revoke create on schema public from {views};
