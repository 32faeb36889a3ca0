-- Rows of students and results are behind row-level security, for everybody: also for the owner of the tables. Whoever reads
-- them is {reader}, and says in its transaction how far it sees; whoever counts them sees views without identifiers; only {migrator} writes.
-- Runs with the code before it: no. The code before reads and writes as the owner, who sees no row any more (unless it is a superuser).
--
-- A later version that changes rows of students must lift the force on their tables for its transaction:
-- alter table ... no force row level security, and back.

alter table student enable row level security;
alter table student_current enable row level security;
alter table student_closed enable row level security;
alter table assessment_outcome enable row level security;
alter table assessment_outcome_current enable row level security;
alter table assessment_outcome_closed enable row level security;
alter table student force row level security;
alter table student_current force row level security;
alter table student_closed force row level security;
alter table assessment_outcome force row level security;
alter table assessment_outcome_current force row level security;
alter table assessment_outcome_closed force row level security;

-- A reader sets, for its transaction: scope.version, the version it reads; scope.students, 'all' or nothing; scope.districts and scope.schools,
-- ids as an array. What is not set shows nothing. A setting that a transaction has set is '' after it, hence nullif.
create policy read_scope on assessment_outcome for select to {reader} using (
  from_version <= (select nullif(current_setting('scope.version', true), '')::int)
  and to_version > (select nullif(current_setting('scope.version', true), '')::int)
  and ((select current_setting('scope.students', true) = 'all')
    or district_id in (select unnest(nullif(current_setting('scope.districts', true), '')::int[]))
    or school_id in (select unnest(nullif(current_setting('scope.schools', true), '')::int[])))
);
comment on policy read_scope on assessment_outcome is 'Results that hold in the version read, of the institutions of the scope.';

-- The results looked for are themselves seen through read_scope, hence in the version read. Some 3 us a student.
create policy read_scope on student for select to {reader} using (
  (select current_setting('scope.students', true) = 'all')
  or exists (select from assessment_outcome o where o.student_id = student.student_id)
);
comment on policy read_scope on student is 'Students with a result in the scope, in the version read.';

-- Partitions have no policy but the writer's: there, everybody else sees nothing.
create policy write on student to {migrator} using (true) with check (true);
create policy write on student_current to {migrator} using (true) with check (true);
create policy write on assessment_outcome to {migrator} using (true) with check (true);
create policy write on assessment_outcome_current to {migrator} using (true) with check (true);

create policy count on assessment_outcome for select to {views} using (true);

-- The results that comparisons count. It stands here, and not beside the reports, because deciding that a student counts once takes the
-- student's id, which nobody who counts may see.
create view counted_outcome as
select
  nullif(current_setting('scope.version', true), '')::int as version,
  o.academic_year, o.subject, o.district_id, o.school_id, o.grade, o.performance_level,
  o.sex, o.ethnicity, o.iep, o.limited_english, o.section_504, o.economic_disadvantage, o.migrant, o.complete
from assessment_outcome o
where o.from_version <= nullif(current_setting('scope.version', true), '')::int
  and o.to_version > nullif(current_setting('scope.version', true), '')::int
  and o.type = 1 and o.condition in (0, 1) and o.performance_level is not null
  and not exists (
    select from assessment_outcome n
    where n.student_id = o.student_id
      and n.from_version <= nullif(current_setting('scope.version', true), '')::int
      and n.to_version > nullif(current_setting('scope.version', true), '')::int
      and n.academic_year = o.academic_year and n.type = 1 and n.subject = o.subject
      and n.condition in (0, 1) and n.performance_level is not null
      and (n.taken_on, n.batch_id, n.assessment_id) > (o.taken_on, o.batch_id, o.assessment_id));
comment on view counted_outcome is 'Summative results that count, in the version that the transaction has set (scope.version): a student counts once per year and subject, by the newest valid result anywhere in the state (day taken, then batch), demographics as they were then. Nothing in a row tells one student from another.';

create view interim_outcome as
select
  nullif(current_setting('scope.version', true), '')::int as version,
  o.academic_year, o.type, o.subject, o.district_id, o.school_id, o.grade
from assessment_outcome o
where o.from_version <= nullif(current_setting('scope.version', true), '')::int
  and o.to_version > nullif(current_setting('scope.version', true), '')::int
  and o.type in (2, 3);
comment on view interim_outcome is 'Interim results, in the version that the transaction has set (scope.version), without score or student.';

grant create on schema public to {views}; -- for a moment: an owner needs it when it becomes one
alter view counted_outcome owner to {views};
alter view interim_outcome owner to {views};
revoke create on schema public from {views};

create function analyze_results() returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp set default_statistics_target = 100
as $$
begin
  analyze public.student_current;
  analyze public.assessment_outcome_current;
end
$$;
comment on function analyze_results() is 'Tells the planner about a batch that makes the tables another size; only their owner may.';
