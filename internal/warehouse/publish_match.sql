-- What each staged row does to the warehouse. $1 batch, $2 assessment (0 when the warehouse does not know it), $3 its GUID,
-- $4 the last earlier batch that is still to come (0: none), $5 whether confirmations matter: a later batch is
-- published already, or an earlier one is still to come.
--
-- The limits make each row look its current result up by index; the key is unique, so they change nothing else. For a batch
-- that is large beside the table they are left out (step match), and the planner may read the table as a whole.
--
-- One row per staged row. act: new, changed, same, older (a batch that arrived later brought or deleted the
-- result already), deleted, rejected (a delete without a current result). held_at is the place of the current row.
create temporary table outcome_match (
  line        int not null,
  operation   smallint not null,
  student_id  int,
  district_id int,
  school_id   int,
  location_id int,
  act         text not null,
  unconfirmed boolean,
  held_at     tid
) on commit drop;

insert into outcome_match
select o.line, o.operation, m.student_id, s.district_id, s.school_id, l.location_id,
  case
    when greatest(c.batch_id, f.batch_id, d.batch_id) > $1 then 'older'
    when c.student_id is null then 'new'
    when (c.school_id, c.location_id, c.academic_year, c.type, c.grade, c.enrolled_grade,
        c.score, c.score_low, c.score_high, c.performance_level, c.sex, c.ethnicity, c.race, c.iep, c.limited_english,
        c.section_504, c.economic_disadvantage, c.migrant, c.complete, c.condition, c.subject, c.claims, c.accommodations)
      is not distinct from
        (s.school_id, l.location_id, a.academic_year, a.type, o.grade, o.enrolled_grade,
        o.score, o.score_low, o.score_high, o.performance_level, o.sex, o.ethnicity, o.race, o.iep, o.limited_english,
        o.section_504, o.economic_disadvantage, o.migrant, o.complete, o.condition, a.subject, o.claims, o.accommodations) then 'same'
    else 'changed'
  end,
  greatest(c.batch_id, f.batch_id) < $4,
  c.ctid
from staged_outcome o
join assessment a on a.assessment_id = $2 and a.to_version = 2147483647
left join student_match m on m.code = o.student_code
left join school_match s on s.school_number = o.school_number
left join location_match l on l.code = coalesce(o.location_code, '') and l.name = coalesce(o.location_name, '')
left join lateral (
  select ctid, * from assessment_outcome_current c
  where c.student_id = m.student_id and c.assessment_id = $2 and c.taken_on = o.taken_on
  limit 1
) c on true
left join confirmed_outcome f on $5 and f.student_id = m.student_id and f.assessment_id = $2 and f.taken_on = o.taken_on
left join deleted_outcome d on d.student_code = o.student_code and d.assessment_guid = $3 and d.taken_on = o.taken_on
where o.operation = 1;

-- A delete beside a create of the same result is part of an update: it counts as what the create is.
insert into outcome_match
select o.line, o.operation, st.student_id, null, null, null,
  case
    when t.act is not null then t.act
    when greatest(c.batch_id, f.batch_id, d.batch_id) > $1 then 'older'
    when c.student_id is null then 'rejected'
    else 'deleted'
  end,
  false,
  case when t.act is null then c.ctid end
from staged_outcome o
left join (staged_outcome twin join outcome_match t on t.line = twin.line and t.operation = 1)
  on twin.student_code = o.student_code and twin.taken_on = o.taken_on
left join student_current st on st.code = o.student_code
left join lateral (
  select ctid, * from assessment_outcome_current c
  where c.student_id = st.student_id and c.assessment_id = $2 and c.taken_on = o.taken_on
  limit 1
) c on true
left join confirmed_outcome f on $5 and f.student_id = st.student_id and f.assessment_id = $2 and f.taken_on = o.taken_on
left join deleted_outcome d on d.student_code = o.student_code and d.assessment_guid = $3 and d.taken_on = o.taken_on
where o.operation = 2;

analyze outcome_match (line, operation, act);
