-- Releases: one that is still being counted can be dropped, so that it does not hold up its year when no printer decides it.
-- Runs with the code before it: yes. That code drops none.

alter table release.release drop constraint release_check;
alter table release.release add constraint release_check check (state in ('loading', 'refused') or state = 'withdrawn' and released_at is null and decided_at is null
  or version is not null and policy is not null and earlier is not null and counts is not null and decision is not null and names is not null and levels is not null
    and forecast is not null and decided_at is not null);
comment on column release.release.state is 'loading: being counted and decided. reviewing: decided, seen by reviewers only. released: read by strict audiences. withdrawn: no more, or never: dropped before it was released, perhaps before it was decided. refused: see reasons.';
comment on table release.institution is 'By which identifier the public knows an institution, by its codes; both are empty for the state. Given once, at random, and never changed. The warehouse knows institutions by their codes, too: one that is delivered under another code is another institution there, and here.';

create or replace function release.guard() returns trigger language plpgsql as $$
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
  if (old.state, new.state) not in (('loading', 'reviewing'), ('loading', 'refused'), ('loading', 'withdrawn'), ('reviewing', 'released'), ('reviewing', 'withdrawn'), ('released', 'withdrawn')) then
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
