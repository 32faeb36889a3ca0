-- Students of whom a report on one academic year and type of assessment can be printed, each once, with where the newest result of that kind was.
--
-- $1 version, $2-$4 the reader's scope: all students, districts, schools; $5 academic year, $6 type, $7 schools (their ids), $8 group or null;
-- filters, null when not set: $9 grades, $10 limited English, $11 IEP, $12 section 504, $13 economic disadvantage, $14 migrant, $15 ethnicities,
-- $16 sexes, $17 complete, $18 conditions. bundle.go puts students in the place of the schools where students are chosen one by one.
-- One row: a student.
select distinct on (o.student_id)
  o.student_id, s.code, coalesce(s.first_name, ''), coalesce(s.middle_name, ''), coalesce(s.last_name, ''), o.school_id, o.grade
from assessment_outcome o
join student s on s.student_id = o.student_id and s.from_version <= $1 and s.to_version > $1
where o.from_version <= $1 and o.to_version > $1
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  and o.academic_year = $5 and o.type = $6
  and o.school_id = any($7::int[])
  and ($8::text is null or $8 = any(s.group_ids))
  and ($9::smallint[] is null or o.grade = any($9))
  and ($10::smallint[] is null or o.limited_english = any($10))
  and ($11::smallint[] is null or o.iep = any($11))
  and ($12::smallint[] is null or o.section_504 = any($12))
  and ($13::smallint[] is null or o.economic_disadvantage = any($13))
  and ($14::smallint[] is null or o.migrant = any($14))
  and ($15::smallint[] is null or o.ethnicity = any($15))
  and ($16::smallint[] is null or o.sex = any($16))
  and ($17::smallint[] is null or o.complete = any($17))
  and ($18::smallint[] is null or o.condition = any($18))
order by o.student_id, o.taken_on desc, o.batch_id desc, o.assessment_id desc
