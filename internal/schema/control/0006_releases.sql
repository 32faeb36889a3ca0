-- Releases: what is published to strict audiences and the public, decided before anybody sees it, and links that open it without sign-in.
-- Runs with the code before it: yes (new tables only).

create schema release;

create table release.release (
  release_id    bigint generated always as identity primary key,
  tenant        text not null references tenant.tenant,
  academic_year smallint not null,
  type          smallint not null default 1 check (type = 1),
  kind          text not null check (kind in ('preliminary', 'final', 'correction')),
  subjects      text[] not null default '{}',
  state         text not null default 'loading' check (state in ('loading', 'reviewing', 'released', 'withdrawn', 'refused')),
  made_by       text not null check (made_by <> ''),
  made_at       timestamptz not null default now(),
  queued_at     timestamptz,
  decided_at    timestamptz,
  version       int,
  policy        jsonb,
  earlier       bigint[],
  counts        bytea,
  decision      bytea,
  names         jsonb,
  levels        jsonb,
  forecast      jsonb,
  reasons       text[] not null default '{}',
  released_by   text check (released_by <> ''),
  released_at   timestamptz,
  withdrawn_by  text check (withdrawn_by <> ''),
  withdrawn_at  timestamptz,
  check (state in ('loading', 'refused') or version is not null and policy is not null and earlier is not null and counts is not null and decision is not null
    and names is not null and levels is not null and forecast is not null and decided_at is not null),
  check (state <> 'refused' or decided_at is not null and cardinality(reasons) > 0),
  check ((released_at is null) = (released_by is null)),
  check (state <> 'released' or released_at is not null),
  check (state not in ('loading', 'reviewing', 'refused') or released_at is null),
  check ((state = 'withdrawn') = (withdrawn_at is not null and withdrawn_by is not null))
);
create index on release.release (tenant, academic_year, type);
create index on release.release (made_at) where state = 'loading';
comment on table release.release is 'Releases of the results of a year. Owned by package release, as all of this schema. Counts are exact and kept like the warehouse.';
comment on column release.release.type is 'Kind of assessment: summative results only.';
comment on column release.release.subjects is 'Subjects that were asked for; empty is all.';
comment on column release.release.state is 'loading: being counted and decided. reviewing: decided, seen by reviewers only. released: read by strict audiences. withdrawn: no more, or never. refused: see reasons.';
comment on column release.release.queued_at is 'When it was given to the queue; null waits for that.';
comment on column release.release.version is 'Version of the warehouse that was counted.';
comment on column release.release.earlier is 'Releases of the year that had been released by then, oldest first: it was decided together with them.';
comment on column release.release.names is 'Institutions with their public identifiers, as of the version.';
comment on column release.release.levels is 'Names of the performance levels, by subject.';
comment on column release.release.forecast is 'What it exposes and hides beside the newest earlier release, when it was decided.';
comment on column release.release.reasons is 'Sentences for operators: why it is refused. Never a number of students.';
comment on column release.release.made_by is 'Person at an identity provider, or operator at a command line.';

create table release.institution (
  tenant    text not null references tenant.tenant,
  district  text not null,
  school    text not null,
  public_id text not null check (public_id ~ '^[a-z2-7]{10}$'),
  primary key (tenant, district, school),
  unique (tenant, public_id)
);
comment on table release.institution is 'By which identifier the public knows an institution, by its codes; both are empty for the state. Given once, at random, and never changed.';

create table release.link (
  link_id    bigint generated always as identity primary key,
  tenant     text not null references tenant.tenant,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  note       text not null default '' check (char_length(note) <= 200),
  indexable  boolean not null default false,
  made_by    text not null check (made_by <> ''),
  made_at    timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by text check (revoked_by <> ''),
  check ((revoked_at is null) = (revoked_by is null))
);
create index on release.link (tenant);
comment on table release.link is 'Links to the public pages of a state. The token itself is known to whoever was given it; here is its SHA-256.';
comment on column release.link.indexable is 'Search engines may keep the pages.';

-- The order of states, whatever writes. A release is decided once, and what was decided never changes. It is released only if it was decided together
-- with every release of its year that was ever released: otherwise what changed between the two could tell about single students.
create function release.guard() returns trigger language plpgsql as $$
begin
  if (new.tenant, new.academic_year, new.type, new.kind, new.subjects, new.made_by, new.made_at)
    is distinct from (old.tenant, old.academic_year, old.type, old.kind, old.subjects, old.made_by, old.made_at) then
    raise exception 'what was asked for does not change' using errcode = 'check_violation';
  end if;
  if old.state <> 'loading' and (new.decided_at, new.version, new.policy, new.earlier, new.counts, new.decision, new.names, new.levels, new.forecast, new.reasons)
    is distinct from (old.decided_at, old.version, old.policy, old.earlier, old.counts, old.decision, old.names, old.levels, old.forecast, old.reasons) then
    raise exception 'what was decided does not change' using errcode = 'check_violation';
  end if;
  if old.released_at is not null and (new.released_at, new.released_by) is distinct from (old.released_at, old.released_by) then
    raise exception 'what was released stays so' using errcode = 'check_violation';
  end if;
  if new.state = old.state then
    return new;
  end if;
  if (old.state, new.state) not in (('loading', 'reviewing'), ('loading', 'refused'), ('reviewing', 'released'), ('reviewing', 'withdrawn'), ('released', 'withdrawn')) then
    raise exception 'a release does not go from % to %', old.state, new.state using errcode = 'check_violation';
  end if;
  if new.state = 'released' then
    perform pg_advisory_xact_lock(hashtextextended('release ' || new.tenant || ' ' || new.academic_year, 0));
    if new.earlier is distinct from (select coalesce(array_agg(r.release_id order by r.released_at, r.release_id), '{}') from release.release r
        where (r.tenant, r.academic_year, r.type) = (new.tenant, new.academic_year, new.type) and r.released_at is not null) then
      raise exception 'another one was released since this one was decided' using errcode = 'RL001';
    end if;
    new.released_at := clock_timestamp();
  end if;
  return new;
end
$$;
create trigger guard before update on release.release for each row execute function release.guard();
