-- Who may do what in a tenant's warehouse database. Applied at every upgrade, after all rights were taken away. Which rows of
-- students and results a role sees or writes is decided by the policies of version 0002.

grant usage on schema public to {migrator}, {printer}, {web}, {reader}, {aggregate}, {views};

-- The migrator publishes: it adds rows and closes them. It deletes nothing.
grant select, insert, update on student, student_current, assessment_outcome, assessment_outcome_current,
  assessment, district, school, location, deleted_outcome, confirmed_outcome, confirmed_dimension to {migrator};
grant select, insert on publication to {migrator};
grant usage on all sequences in schema public to {migrator};
grant execute on function analyze_results() to {migrator};

-- Web server and printer themselves see which version is the newest, and the institutions. For more they take one of two roles, for a transaction.
grant select on publication, district, school to {printer}, {web};

-- Rows of students, through the parents only: partitions have no policy for readers, and readers no right on them.
grant select on student, assessment_outcome, assessment, district, school, location, publication to {reader};

-- Numbers: views without anything that tells one student from another.
grant select on counted_outcome, countable_outcome, superseded_outcome, counted_change, interim_outcome, interim_change,
  assessment, district, school, publication, custom_metadata, own_text to {aggregate};

-- The views read the results with the rights of their owner.
grant select on assessment_outcome, assessment_outcome_current, assessment to {views};
