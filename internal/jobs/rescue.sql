-- Gives the jobs of dead processes back to the queue. One row per job: its old and new id, kind, queue, dead owner and new state.
-- $1: how often a job may lose its process before it is discarded.
--
-- The job gets a new id: should its old owner live after all (it only lost its connection), what it reports for the old id
-- finds no job and changes nothing. A try that a dead process did not finish does not count.
with dead as (
  select job.id, job.attempted_by[array_upper(job.attempted_by, 1)] as owner,
         coalesce((job.metadata ->> 'rescues')::int, 0) + 1 as rescues
  from jobs.river_job job
  where job.state = 'running'
    and not exists (
      select from pg_locks held
      where held.locktype = 'advisory' and held.granted and held.objsubid = 1
        and held.database = (select oid from pg_database where datname = current_database())
        and (held.classid::bigint << 32 | held.objid::bigint)
          = hashtextextended('scorehouse.jobs:' || coalesce(job.attempted_by[array_upper(job.attempted_by, 1)], ''), 0))
  for update of job skip locked
)
update jobs.river_job job set
  id = nextval(pg_get_serial_sequence('jobs.river_job', 'id')),
  state = case
    when job.metadata ? 'cancel_attempted_at' then 'cancelled'
    when dead.rescues > $1 then 'discarded'
    else 'available' end::jobs.river_job_state,
  finalized_at = case when job.metadata ? 'cancel_attempted_at' or dead.rescues > $1 then now() end,
  attempt = greatest(job.attempt - 1, 0),
  scheduled_at = now(),
  errors = array_append(job.errors, jsonb_build_object(
    'at', now(), 'attempt', job.attempt, 'error', 'the process ' || coalesce(dead.owner, '') || ' that ran the job is gone', 'trace', '')),
  metadata = job.metadata || jsonb_build_object('rescues', dead.rescues, 'first_id', coalesce(job.metadata -> 'first_id', to_jsonb(job.id)))
from dead
where job.id = dead.id and job.state = 'running' and job.attempted_by[array_upper(job.attempted_by, 1)] is not distinct from dead.owner
returning dead.id, job.id, job.kind, job.queue, coalesce(dead.owner, ''), job.state::text
