-- Who may do what in the control database. Applied at every upgrade, after all rights were taken away.

-- Tenants and their state codes: everybody needs them, nobody but the owner changes them.
grant usage on schema tenant to {landing}, {loader}, {migrator}, {printer}, {web};
grant select on tenant.tenant to {landing}, {loader}, {migrator}, {printer}, {web};

-- The landing zone knows its accounts, and registers what arrived: the batch, the first line of its story, the job that loads it.
-- Of batches it sees which of its files it has registered already.
grant usage on schema landing, batch, jobs to {landing};
grant select on landing.account to {landing};
grant insert (tenant, file, file_size, digest, stored_as, sender, status, code, reason, deadline_at), select (batch_id, stored_as)
  on batch.batch to {landing};
grant insert on batch.event to {landing};
grant select, insert, update (kind) on jobs.river_job to {landing}; -- an insert that finds the same unique job there already writes its kind
grant usage on sequence jobs.river_job_id_seq to {landing};
grant execute on all functions in schema jobs to {landing};

-- The loader reads public keys; the private ones are files.
grant usage on schema keyring to {loader};
grant select on keyring.key to {loader};

-- Loader and migrator take batches through their life, and work on the queue. They cannot make a batch.
grant usage on schema batch, jobs to {loader}, {migrator};
grant select, update on batch.batch to {loader}, {migrator};
grant select, insert on batch.event to {loader}, {migrator};
grant select, insert, delete on batch.reject to {loader}, {migrator};
grant select, insert, update, delete on jobs.river_job, jobs.river_leader, jobs.river_notification, jobs.river_queue to {loader}, {migrator};
grant usage on all sequences in schema jobs to {loader}, {migrator};
grant execute on all functions in schema jobs to {loader}, {migrator};

-- The web server keeps sessions, and looks whether the queue answers. It sees no batch, no key, no account.
grant usage on schema session, jobs to {web};
grant select, insert, update, delete on session.session to {web};
grant select (id) on jobs.river_job to {web};

-- Sign-in: the web server keeps sessions, requests that wait for an answer, messages taken, and what a sign-in granted. It refreshes the
-- metadata of identity providers, but only the owner says which there are, which tenants they may speak for and how they are read.
grant usage on schema login to {web};
grant select, insert, update, delete on login.session, login.request, login.person to {web};
grant select, insert, update (forget_at), delete on login.used_message to {web};
grant select, update (metadata, valid_until, etag, last_modified, refreshed_at, checked_at, last_error) on login.provider to {web};

-- The audit trail: the web server, which is the one part that records, may add to it; nobody may change it (a trigger keeps the owner from it too).
grant usage on schema audit to {web};
grant insert (stream, name, host, directory), select (chain_id, stream, name) on audit.chain to {web};
grant insert (chain_id, seq, mac, mark), select (chain_id, seq) on audit.anchor to {web};

-- Printing: the web server takes requests and gives out what is ready. Whose reports were asked for, by whom and how stays as it was asked for; who asks
-- again does so with what the person may see by then. Nobody but the printer says what came of it.
grant usage on schema printing to {web}, {printer};
grant select, insert (job_id, tenant, provider, requester, requester_name, once, scope, wish, place, schools, students), delete,
  update (state, reason, scope, schools, students, students_done, requested_at, queued_at, finished_at, expires_at) on printing.job to {web};
grant select on printing.part to {web};
grant select on printing.standing to {web}, {printer};

-- The printer works on the queue. It changes nothing of a request but how far it is, and whose results came into it.
grant select, delete, update (state, reason, schools, students_done, queued_at, finished_at, expires_at, attempt, version) on printing.job to {printer};
grant select, insert, delete on printing.part to {printer};
grant select, insert, update, delete on printing.ahead, printing.kept to {printer};
grant usage on schema jobs to {printer};
grant select, insert, update, delete on jobs.river_job, jobs.river_leader, jobs.river_notification, jobs.river_queue to {printer};
grant usage on all sequences in schema jobs to {printer};
grant execute on all functions in schema jobs to {printer};

-- Releases: the web server takes what reviewers ask for, releases and withdraws, and shows what is released. What was decided comes from the printer alone,
-- which works on it beside printing; a trigger keeps the order of states.
grant usage on schema release to {web}, {printer};
grant select, insert (tenant, academic_year, kind, subjects, made_by), update (state, released_by, withdrawn_by, withdrawn_at) on release.release to {web};
grant select, insert (tenant, token_hash, note, indexable, made_by, expires_at), update (revoked_at, revoked_by) on release.link to {web};
grant select, update (state, queued_at, decided_at, version, policy, earlier, counts, decision, names, levels, forecast, reasons) on release.release to {printer};
grant select, insert on release.institution to {printer};
