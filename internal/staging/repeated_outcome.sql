-- Removes rows whose result a later row of the file brings again: same operation, student and day.
-- suspect holds the lines that can be concerned. Answers one row per row removed.
with place as (
  select line, row_number() over (partition by student_code, taken_on, operation order by line desc) as nth
  from outcome join suspect using (line)
)
delete from outcome using place
where outcome.line = place.line and place.nth > 1
returning outcome.line, outcome.operation
