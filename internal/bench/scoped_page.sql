-- A warehouse with the shape of a state: 50 districts of 6 schools, 90 students in each school and grade, two subjects in two years, in the
-- order in which batches write them; a tenth of the results of the year before were corrected once.
insert into publication (version, batch_id, kind) values (1, 1, 'publish'), (2, 2, 'publish');
insert into district (district_id, code, name, batch_id, from_version)
select d, 'D' || d, 'District ' || d, 1, 1 from generate_series(1, 50) as d;
insert into school (school_id, district_id, code, name, batch_id, from_version)
select s, 1 + (s - 1) / 6, 'S' || s, 'School ' || s, 1, 1 from generate_series(1, 300) as s;
insert into assessment (assessment_id, guid, type, subject, academic_year, form_version, effective_on, score_min, score_max,
  level_names, cut_points, claim_numbers, claim_names, claim_score_min, claim_score_max, claim_level_names, batch_id, from_version)
select a, 'guid-' || a, 1, case a % 2 when 0 then 'ELA' else 'Math' end, 2025 + (a - 1) / 2, '1', '2026-04-01', 1200, 2400,
  '{Minimal,Partial,Proficient,Advanced}', '{1400,1800,2100}', '{1,2,3}', '{Concepts,Problems,Reasoning}', '{1200,1200,1200}', '{2400,2400,2400}',
  '{Below,At,Above}', 1, 1
from generate_series(1, 4) as a;
insert into student (student_id, code, external_id, first_name, middle_name, last_name, birth_on, sex, group_ids, group_names, batch_id, from_version)
select n, 'TK' || lpad(n::text, 8, '0'), 'X' || n, 'First' || n % 997, 'M', 'Last' || n % 9973, date '2014-01-01' + n % 365, 1 + n % 2,
  array['g-' || n % 4], array['Room ' || n % 4], 1, 1
from generate_series(1, 300 * 7 * 90) as n;
insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, to_version, taken_on, academic_year, type,
  grade, enrolled_grade, score, score_low, score_high, performance_level, sex, ethnicity, race, iep, limited_english, section_504,
  economic_disadvantage, migrant, complete, condition, subject, claims)
select n, a, 1 + (s - 1) / 6, s, 1, v.from_version, v.to_version, make_date(2025 + (a - 1) / 2, 5, 1 + n % 20), 2025 + (a - 1) / 2, 1, g, g, 1200 + n % 1200,
  1160 + n % 1200, 1240 + n % 1200, 1 + n % 4, 1 + n % 2, n % 8, 0, 1 + n % 2, 1 + n % 2, n % 3, 1 + n % 2, 1, 2, 0,
  case a % 2 when 0 then 'ELA' else 'Math' end, array[1500, 1450, 1550, 2, 1500, 1450, 1550, 2, 1500, 1450, 1550, 2]::smallint[]
from generate_series(1, 4) as a, generate_series(1, 300) as s, generate_series(3, 9) as g, generate_series(1, 90) as k,
  lateral (select ((s - 1) * 7 + g - 3) * 90 + k as n) as id,
  lateral (values (1, case when a < 3 and k % 10 = 0 then 2 else 2147483647 end), (2, 2147483647)) as v (from_version, to_version)
where v.from_version = 1 or a < 3 and k % 10 = 0;
vacuum analyze
