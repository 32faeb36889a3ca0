-- What a state has set. It has no versions: $1 is only received. One row: 1, state code, subject ('' for all), JSON text; or 2, language, key, text.
select 1 as kind, state_code as a, asmt_subject as b, asmt_custom_metadata as c from custom_metadata where $1::int is not null
union all
select 2, language, key, text from own_text
order by kind, a, b
