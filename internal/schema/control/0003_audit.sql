-- Anchors of the audit trail: the trail itself is in files; what stands here says what they must hold.
-- Runs with the code before it: yes (new tables only).
-- A role that records needs insert (stream, name, host, directory) and select (chain_id, stream, name) on audit.chain, insert (chain_id, seq, mac, mark)
-- and select (chain_id, seq) on audit.anchor, and nothing else: it must not choose the time of an anchor.

create schema audit;

create table audit.chain (
  chain_id   bigint generated always as identity primary key,
  stream     text not null check (stream in ('audit', 'security')),
  name       text not null check (name ~ '^[a-z]{1,16}-[0-9]{8}T[0-9]{6}Z-[a-z2-7]{16}$'),
  host       text not null,
  directory  text not null,
  started_at timestamptz not null default clock_timestamp(),
  unique (stream, name)
);
comment on table audit.chain is 'One row per process and stream of the audit trail. Rows are only ever added.';
comment on column audit.chain.directory is 'Where the process writes the files of the chain, on its host.';

create table audit.anchor (
  chain_id    bigint not null references audit.chain,
  seq         bigint not null check (seq >= 0),
  mac         bytea not null check (octet_length(mac) = 32),
  mark        text check (mark in ('opened', 'continued', 'closed')),
  anchored_at timestamptz not null default clock_timestamp(),
  primary key (chain_id, seq)
);
comment on table audit.anchor is 'MACs of lines of the audit trail, written before anybody gets the data that a line speaks of. Rows are only ever added; see audit.keep for the one exception.';
comment on column audit.anchor.mark is 'opened, continued: first line of a file; closed: last line of a chain; null: the newest line of a group.';

create function audit.keep() returns trigger language plpgsql as $$
begin
  -- The owner may thin out what is old: never the newest anchor of an hour, never a beginning or an end.
  if tg_table_name = 'anchor' and tg_op = 'DELETE' then
    if old.mark is null and old.anchored_at < now() - interval '30 days' and exists (
      select from audit.anchor b
      where b.chain_id = old.chain_id and b.seq > old.seq and date_trunc('hour', b.anchored_at) = date_trunc('hour', old.anchored_at)
    ) then
      return old;
    end if;
  end if;
  raise exception 'the audit trail''s tables are only ever added to' using errcode = 'insufficient_privilege';
end $$;
comment on function audit.keep is 'Refuses changes of what the audit trail has anchored, also by the owner.';

create trigger keep_rows before update or delete on audit.anchor for each row execute function audit.keep();
create trigger keep_table before truncate on audit.anchor for each statement execute function audit.keep();
create trigger keep_rows before update or delete on audit.chain for each row execute function audit.keep();
create trigger keep_table before truncate on audit.chain for each statement execute function audit.keep();
