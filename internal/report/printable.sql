-- Students of whom a report on one academic year and type of assessment can be printed, each once, with where the newest result of that kind was.
--
-- $1 version, $2-$4 the reader's scope: all students, districts, schools; $5 academic year, $6 type, $7 schools (their ids), null is any; $8 students chosen
-- one by one, null is everybody there; $9 group or null; filters, null when not set: $10 grades, $11 limited English, $12 IEP, $13 section 504,
-- $14 economic disadvantage, $15 migrant, $16 ethnicities, $17 sexes, $18 complete, $19 conditions.
-- One row: a student, with the name of the group. bundle.go also counts these rows, by school and grade.
select distinct on (o.student_id)
  o.student_id, s.code, coalesce(s.first_name, ''), coalesce(s.middle_name, ''), coalesce(s.last_name, ''), o.school_id, o.grade,
  s.group_names[array_position(s.group_ids, $9::text)] as group_name
from assessment_outcome o
join student s on s.student_id = o.student_id and s.from_version <= $1 and s.to_version > $1
where o.from_version <= $1 and o.to_version > $1
  and ($2::bool or o.district_id = any($3::int[]) or o.school_id = any($4::int[]))
  and o.academic_year = $5 and o.type = $6
  and ($7::int[] is null or o.school_id = any($7))
  and ($8::int[] is null or o.student_id = any($8))
  and ($9::text is null or $9 = any(s.group_ids))
  and ($10::smallint[] is null or o.grade = any($10))
  and ($11::smallint[] is null or o.limited_english = any($11))
  and ($12::smallint[] is null or o.iep = any($12))
  and ($13::smallint[] is null or o.section_504 = any($13))
  and ($14::smallint[] is null or o.economic_disadvantage = any($14))
  and ($15::smallint[] is null or o.migrant = any($15))
  and ($16::smallint[] is null or o.ethnicity = any($16))
  and ($17::smallint[] is null or o.sex = any($17))
  and ($18::smallint[] is null or o.complete = any($18))
  and ($19::smallint[] is null or o.condition = any($19))
order by o.student_id, o.taken_on desc, o.batch_id desc, o.assessment_id desc
