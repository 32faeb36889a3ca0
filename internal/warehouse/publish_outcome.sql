-- New versions of results, in the order in which reports read them. $1 version, $2 batch, $3 assessment. The current rows of
-- changed results are closed before.
insert into assessment_outcome_current (student_id, assessment_id, district_id, school_id, batch_id, from_version, taken_on,
  location_id, academic_year, type, grade, enrolled_grade, score, score_low, score_high, performance_level,
  sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject,
  claims, accommodations)
select m.student_id, $3, m.district_id, m.school_id, $2, $1, o.taken_on,
  m.location_id, a.academic_year, a.type, o.grade, o.enrolled_grade, o.score, o.score_low, o.score_high, o.performance_level,
  o.sex, o.ethnicity, o.race, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete, o.condition,
  a.subject, o.claims, o.accommodations
from outcome_match m
join staged_outcome o on o.line = m.line
join assessment a on a.assessment_id = $3 and a.to_version = 2147483647
where m.operation = 1 and m.act in ('new', 'changed')
order by m.district_id, m.school_id, o.grade, m.student_id
