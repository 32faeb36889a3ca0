-- Operators' settings of the state (custom_metadata has no versions: $1 is only received).
-- $1 version, $2 state code. One row: subject ('' for all), JSON text.
select m.asmt_subject, m.asmt_custom_metadata
from custom_metadata m
where upper(m.state_code) = $2 and $1::int is not null
