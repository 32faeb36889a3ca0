-- Keeps the last row of each student. suspect holds the lines that can be concerned.
with place as (
  select line, row_number() over (partition by code order by line desc) as nth
  from student join suspect using (line)
)
delete from student using place
where student.line = place.line and place.nth > 1
