-- Every result of some students that the reader may see.
--
-- $1 version, $2-$4 the reader's scope: all students, districts, schools; $5 student ids. One row: an outcome.
select o.student_id, s.code, coalesce(s.first_name, ''), coalesce(s.middle_name, ''), coalesce(s.last_name, ''),
  s.group_ids, s.group_names,
  o.assessment_id, o.district_id, o.school_id, o.batch_id, o.academic_year, o.type, o.subject, o.grade, o.enrolled_grade, o.taken_on,
  o.score, o.score_low, o.score_high, o.performance_level, o.claims, o.accommodations,
  o.sex, o.ethnicity, o.race, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete, o.condition
from assessment_outcome o
join student s on s.student_id = o.student_id and s.from_version <= $1 and s.to_version > $1
where o.from_version <= $1 and o.to_version > $1
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  and o.student_id = any($5::int[])
