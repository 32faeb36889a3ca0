-- A small state for tests of pages, with its awkward corners: a district too small to show, a school with one
-- student, a school code that two districts use, a student with one subject, very long names, partial, invalid and
-- interim results, blocks, two academic years.

insert into publication (version, batch_id, kind) values (1, 1, 'publish');

insert into district (district_id, code, name, batch_id, from_version) values
  (1, '0042', 'Lakeside Unified', 1, 1),
  (2, '0043', 'Cedar Hollow', 1, 1),
  (3, '0044', 'Northern Tamarack and Upper Moose River Consolidated Rural School District Number Twelve', 1, 1);

insert into school (school_id, district_id, code, name, batch_id, from_version) values
  (1, 1, '0117', 'Lakeside Elementary', 1, 1),
  (2, 1, '0118', 'Harbor Middle', 1, 1),
  (3, 2, '0117', 'Cedar Hollow School', 1, 1),
  (4, 3, '0201', 'North Elementary', 1, 1),
  (5, 3, '0202', 'One-Room School at Long Lake', 1, 1);

insert into assessment (assessment_id, guid, type, subject, academic_year, period, form_version, effective_on, score_min, score_max,
  level_names, cut_points, claim_numbers, claim_names, claim_score_min, claim_score_max, claim_level_names, batch_id, from_version)
select id, 'guid-' || id, type, subject, year, 'Spring ' || year, '1', make_date(year, 4, 1), 1200, 2400,
  case when type = 3 then '{}' else '{Minimal,Partial,Proficient,Advanced}'::text[] end,
  case when type = 3 then '{}' else '{1400,1800,2100}'::smallint[] end,
  (select array_agg(n order by n) from generate_series(1, cardinality(claims)) as n), claims,
  array_fill(1200, array[cardinality(claims)]), array_fill(2400, array[cardinality(claims)]),
  '{Below Standard,At/Near Standard,Above Standard}', 1, 1
from (values
  (1, 1, 'Math', 2026, '{Concepts & Procedures,Problem Solving and Modeling & Data Analysis,Communicating Reasoning}'::text[]),
  (2, 1, 'ELA', 2026, '{Reading,Writing,Listening,Research & Inquiry}'),
  (3, 1, 'Math', 2025, '{Concepts & Procedures,Problem Solving and Modeling & Data Analysis,Communicating Reasoning}'),
  (4, 1, 'ELA', 2025, '{Reading,Writing,Listening,Research & Inquiry}'),
  (5, 2, 'Math', 2026, '{Concepts & Procedures,Problem Solving and Modeling & Data Analysis,Communicating Reasoning}'),
  (6, 3, 'Math', 2026, '{Fractions}'),
  (7, 3, 'Math', 2026, '{Measurement and Data}')
) as a (id, type, subject, year, claims);

-- Students 1 to 40 are at Lakeside Elementary, 41 to 70 at Harbor Middle, 71 to 74 at Cedar Hollow, 75 to 110 at North
-- Elementary, 111 at the one-room school.
insert into student (student_id, code, first_name, middle_name, last_name, birth_on, sex, group_ids, group_names, batch_id, from_version)
select n, 'TK' || lpad(n::text, 8, '0'),
  case n when 3 then 'Maximiliana Konstantina' else (array['Amara','Bo','Chidi','Dalia','Emeka','Farah','Goran','Hana','Ignacio','Jun'])[1 + n % 10] end,
  (array['','Lee','Quynh'])[1 + n % 3],
  case n when 3 then 'Wojciechowska-Featherstonehaugh de la Torre y Castellanos'
    else (array['Quispe','Zhuravlyova','Okonkwo','Thunderhawk','Yazzie','Ferreira','Nakagawa','Vang','Szabo','Abdirahman','Kealoha'])[1 + n % 11] end,
  make_date(2014, 1 + n % 12, 1 + n % 28), 1 + n % 2,
  case when n <= 40 then array[case when n % 2 = 0 then 'g-5a' else 'g-5b' end] end,
  case when n <= 40 then array[case when n % 2 = 0 then 'Room 5A' else 'Room 5B' end] end, 1, 1
from generate_series(1, 111) as n;

insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, taken_on, academic_year, type,
  grade, enrolled_grade, score, score_low, score_high, performance_level, sex, ethnicity, race, iep, limited_english, section_504,
  economic_disadvantage, migrant, complete, condition, subject, claims, accommodations)
select n, a.assessment_id, case when n <= 70 then 1 when n <= 74 then 2 else 3 end,
  case when n <= 40 then 1 when n <= 70 then 2 when n <= 74 then 3 when n <= 110 then 4 else 5 end,
  1, 1, make_date(a.academic_year, 5, 1 + n % 20) - case when a.type = 1 then 0 else 90 end, a.academic_year, a.type,
  g.grade, g.grade, s.score, s.score - 40, s.score + 55, s.level, 1 + n % 2, n % 8, 0, 1 + (n % 7 = 0)::int, 1 + (n % 5 = 0)::int, n % 3,
  1 + n % 2, 1, case when n = 4 then 1 else 2 end, case when n = 5 and a.assessment_id = 1 then 3 when a.type = 2 and n % 2 = 0 then 1 else 0 end, a.subject,
  (select array_agg(v order by c, i) from generate_series(1, cardinality(a.claim_numbers)) as c,
    lateral (values (1, s.score - 20 * c), (2, s.score - 20 * c - 60), (3, s.score - 20 * c + 60), (4, 1 + (n + c) % 3)) as x (i, v)),
  case when n % 6 = 0 then '\x000600000000000f00000000000000'::bytea end
from generate_series(1, 111) as n
cross join assessment a
cross join lateral (select case when n <= 40 then 5 when n <= 55 then 6 when n <= 70 then 7 else 5 end - (2026 - a.academic_year) as grade) as g
cross join lateral (select 1 + (n * 7 + a.assessment_id) % 4 as l) as l
cross join lateral (select (array[1300, 1600, 1950, 2250])[l.l] + n % 50 as score, l.l as level) as s
where a.type = 1 and (a.academic_year = 2026 or n <= 70) and not (n = 2 and a.subject = 'ELA')
  or a.type = 2 and n <= 10;

insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, taken_on, academic_year, type,
  grade, enrolled_grade, sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject, claims)
select n, a.assessment_id, 1, 1, 1, 1, make_date(2026, 1, 10 + d), 2026, 3, 5, 5, 1 + n % 2, n % 8, 0, 1, 1, 0, 1, 1, 2, 0, 'Math',
  array[null, null, null, 1 + (n + d) % 3]::smallint[]
from generate_series(1, 12) as n, assessment a, generate_series(0, 1) as d
where a.type = 3 and (d = 0 or n % 3 = 0);
