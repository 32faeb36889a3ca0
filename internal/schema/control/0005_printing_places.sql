-- Printed reports: the schools whose results are in each document, earlier years' included; how what is printed ahead looks; how printing stands.
-- Runs with the code before it: yes. What that code prints ahead meanwhile counts as printed by it (its look is empty), and is printed again.

alter table printing.kept
  add column look   text not null default '',
  add column places jsonb not null default '[]',
  add column reason text check (reason ~ '^[a-z_]{1,32}$');
comment on column printing.kept.look is 'Digest of everything but results that decides how the document looks: layout, the state''s settings and texts, paper, fonts. Another look is due.';
comment on column printing.kept.places is 'Codes of the schools whose results are in the document: it goes to those who may see all of them.';
comment on column printing.kept.reason is 'Why printing it failed the last time; null when it did not. A class of failures, never a value.';

comment on schema printing is 'Printed reports. Of a student these tables hold the warehouse''s number, where students were chosen one by one, and the first letters of two last names of each part of a large bundle. The documents are files, encrypted.';
comment on column printing.job.scope is 'What the person might see when asking, or asking again; the printer reads with it, and no further.';
comment on column printing.job.schools is 'Codes of the schools whose results are in it, once it is ready earlier years'' included: who may not see them any more cannot collect it.';

-- Of jobs that are ready the schools of earlier years are not known: they expire, and can be printed again.
update printing.job set expires_at = now() where state = 'ready' and expires_at > now();

-- Numbers for operators and monitoring, which need no row of a job.
create view printing.standing as
select t.tenant, coalesce(a.checked_version, 0) as checked_version, coalesce(k.kept, 0) as kept, coalesce(k.students, 0) as students, coalesce(k.bytes, 0) as bytes,
  coalesce(k.due, 0) as due, a.begun_at, a.finished_at, coalesce(a.printed, 0) as printed, coalesce(a.failed, 0) as failed, a.wanted_at is not null as wanted,
  coalesce(j.waiting, 0) as waiting, coalesce(j.printing, 0) as printing, j.oldest_unfinished, coalesce(j.ready, 0) as ready, coalesce(p.bytes, 0) as ready_bytes,
  coalesce(j.failed, 0) as jobs_failed
from tenant.tenant t
left join printing.ahead a using (tenant)
left join (
  select tenant, count(*) filter (where version is not null) as kept, sum(students) filter (where version is not null) as students,
    (sum(bytes) filter (where version is not null))::bigint as bytes, count(*) filter (where version is null) as due
  from printing.kept group by tenant
) k using (tenant)
left join (
  select tenant, count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'printing') as printing,
    min(requested_at) filter (where state in ('waiting', 'printing')) as oldest_unfinished,
    count(*) filter (where state = 'ready') as ready, count(*) filter (where state = 'failed') as failed
  from printing.job group by tenant
) j using (tenant)
left join (
  select tenant, sum(p.bytes)::bigint as bytes from printing.part p join printing.job using (job_id) where state = 'ready' group by tenant
) p using (tenant);
comment on view printing.standing is 'How printing stands, one row per tenant: counts and times only.';
