-- All that counts in two parts that are read quickly, for building an index of it: what would count if every student had been tested once, and what of that
-- does not since the student has a newer result. counted_outcome, which compares every result with all others, answers the same for one school or district.
-- Runs with the code before it: yes.

create view countable_outcome as
select
  o.academic_year, o.subject, o.district_id, o.school_id, o.grade, o.performance_level,
  o.sex, o.ethnicity, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete
from assessment_outcome o
where o.from_version <= (select nullif(current_setting('scope.version', true), '')::int)
  and o.to_version > (select nullif(current_setting('scope.version', true), '')::int)
  and o.type = 1 and o.condition in (0, 1) and o.performance_level is not null;
comment on view countable_outcome is 'Summative results that are valid and have a level, in the version that the transaction has set (scope.version), whether a newer result of the student replaces them (superseded_outcome) or not. Nothing in a row tells one student from another.';

-- Few students have two results of a year and subject. They are found in the index of current results alone: with a bit for each year and subject, the sum of a student's
-- bits differs from their union. Those found in vain (an invalid result, two subjects that share a bit) cost a look each.
create view superseded_outcome as
with span as materialized (
  select nullif(current_setting('scope.version', true), '')::int as version
), known as materialized (
  -- the bit of each assessment, at its id; 0 for interim assessments
  select array_agg(coalesce(b.bit, 0) order by g.n) as bits
  from generate_series(1, (select max(assessment_id) from assessment)) as g (n)
  left join (
    select assessment_id, 1 << (dense_rank() over (order by academic_year, subject) % 30)::int as bit
    from assessment
    where to_version = 2147483647 and type = 1
  ) b on b.assessment_id = g.n
), candidate as materialized (
  select student_id
  from assessment_outcome_current
  group by student_id
  having sum((select bits from known)[assessment_id]) <> bit_or((select bits from known)[assessment_id])
  union
  select student_id -- with results that are current no more; none in the newest version
  from assessment_outcome
  where to_version > (select version from span) and to_version < 2147483647
), held as materialized (
  select o.student_id, o.academic_year, o.subject, o.taken_on, o.batch_id, o.assessment_id, o.district_id, o.school_id, o.grade, o.performance_level,
    o.sex, o.ethnicity, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete
  from candidate c
  join assessment_outcome o on o.student_id = c.student_id
  where o.from_version <= (select version from span) and o.to_version > (select version from span)
    and o.type = 1 and o.condition in (0, 1) and o.performance_level is not null
)
select
  o.academic_year, o.subject, o.district_id, o.school_id, o.grade, o.performance_level,
  o.sex, o.ethnicity, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete
from held o
where exists (
  select from held n
  where n.student_id = o.student_id and n.academic_year = o.academic_year and n.subject = o.subject
    and (n.taken_on, n.batch_id, n.assessment_id) > (o.taken_on, o.batch_id, o.assessment_id));
comment on view superseded_outcome is 'Results of countable_outcome that do not count, since the student has a newer one of the year and subject (day taken, then batch). Nothing in a row tells one student from another.';

-- One partition is read by itself here; the policy of the table does not apply to it.
create policy count on assessment_outcome_current for select to {views} using (true);

grant create on schema public to {views}; -- for a moment: an owner needs it when it becomes one
alter view countable_outcome owner to {views};
alter view superseded_outcome owner to {views};
revoke create on schema public from {views};
