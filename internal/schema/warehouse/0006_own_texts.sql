-- Texts of a state's own in place of ours. Code before this version runs with it and shows ours.

create table own_text (
  language   text not null check (language ~ '^[A-Za-z-]{2,16}$'),
  key        text not null check (length(key) between 1 and 200),
  text       text not null check (length(text) <= 8000),
  changed_at timestamptz not null default now(),
  primary key (language, key)
);
comment on table own_text is 'Texts of pages that the state has in its own words, by language and key (docs/languages.md). scorehouse text set checks them; what does not fit is not used.';
