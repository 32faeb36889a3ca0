-- Academic years for which assessments of a type are published, newest first, with the longest list of level
-- names of each subject. $1 version, $2 type. One row: year, subject, level names.
select distinct on (a.academic_year, a.subject) a.academic_year, a.subject, a.level_names
from assessment a
where a.from_version <= $1 and a.to_version > $1 and a.type = $2
order by a.academic_year desc, a.subject, cardinality(a.level_names) desc, a.assessment_id desc
