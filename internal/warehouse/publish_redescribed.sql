-- New versions of results that the batch did not bring, when its assessment changed what their rows repeat of it: year, type
-- or subject. $1 version, $2 assessment.
with stale as (
  update assessment_outcome o set to_version = $1
  from assessment a
  where a.assessment_id = $2 and a.to_version = 2147483647
    and o.assessment_id = $2 and o.to_version = 2147483647
    and (o.academic_year, o.type, o.subject) <> (a.academic_year, a.type, a.subject)
  returning o.*, a.academic_year as year_now, a.type as type_now, a.subject as subject_now
)
insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, taken_on,
  location_id, academic_year, type, grade, enrolled_grade, score, score_low, score_high, performance_level,
  sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject,
  claims, accommodations)
select student_id, assessment_id, district_id, school_id, batch_id, $1, taken_on,
  location_id, year_now, type_now, grade, enrolled_grade, score, score_low, score_high, performance_level,
  sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject_now,
  claims, accommodations
from stale
