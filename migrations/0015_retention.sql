-- Erasing in time: what waits for its day, runs with their certificates, and a narrower door for the day itself.
create schema retention;

-- How far the clock of a relationship has come: its records got their day (under which policy), they are gone,
-- and so is the person's key. Each step leaves its index, so that a run costs what is due and not what is stored.
alter table work.relationship
  add column clocked_by integer references policy.version,
  add column cleared_on date,
  add column forgotten_on date,
  add constraint cleared_is_closed check (cleared_on is null or closed_on is not null),
  add constraint forgotten_is_cleared check (forgotten_on is null or cleared_on is not null);
create index relationship_to_clock on work.relationship (coalesce(clocked_by, 0), subject_id, relationship_id)
  where closed_on is not null and cleared_on is null;
create index relationship_to_forget on work.relationship (subject_id) where cleared_on is not null and forgotten_on is null;
create index relationship_to_review on work.relationship (review_on) where closed_on is null;
grant update (clocked_by, cleared_on, forgotten_on) on work.relationship to :role_worker;

-- In the order in which a run takes them.
drop index subjects.record_due;
create index record_due on subjects.record (erase_by, subject_id, record_id) where erased_at is null and erase_by is not null;
-- Records whose day is known although nothing was closed, or that came to something already closed.
create index record_undated on subjects.record (collected_at, subject_id, record_id)
  where erased_at is null and erase_by is null and (is_accounting or source <> 'client');
create index record_accounting on subjects.record (subject_id) where is_accounting and erased_at is null;
create index hold_live on work.hold (review_on) where lifted_on is null;

-- S16: the day may come nearer and never move away. A grant on the column would allow both, so it is taken back.
create function subjects.bring_forward(persons uuid[], records uuid[], days date[])
returns integer
language sql security definer set search_path = pg_catalog, subjects, pg_temp
as $$
  with wanted as (
    select t.person, t.record, min(t.day) as day from unnest(persons, records, days) as t (person, record, day) group by 1, 2
  ), changed as (
    update subjects.record r set erase_by = wanted.day
    from wanted
    where r.subject_id = wanted.person and r.record_id = wanted.record and r.erased_at is null
      and wanted.day is not null and (r.erase_by is null or r.erase_by > wanted.day)
    returning 1
  )
  select count(*)::integer from changed
$$;
revoke all on function subjects.bring_forward(uuid[], uuid[], date[]) from public;
grant execute on function subjects.bring_forward(uuid[], uuid[], date[]) to :role_api, :role_import, :role_worker;
revoke update (erase_by) on subjects.record from :role_api, :role_import, :role_worker;

-- Locks those of these records that nobody else is at. A lock needs a right to update, which the worker has not.
create function subjects.take(persons uuid[], records uuid[])
returns table (person uuid, record uuid)
language sql security definer set search_path = pg_catalog, subjects, pg_temp
as $$
  select r.subject_id, r.record_id
  from subjects.record r join unnest(persons, records) as t (person, record) on r.subject_id = t.person and r.record_id = t.record
  where r.erased_at is null
  order by r.subject_id, r.record_id
  for update of r skip locked
$$;
revoke all on function subjects.take(uuid[], uuid[]) from public;
grant execute on function subjects.take(uuid[], uuid[]) to :role_worker;

-- One open run at a time; several processes may work on it together.
create table retention.run (
  run_id uuid primary key references work.item,
  policy_version integer not null references policy.version,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  -- The table files were rewritten: from here on the destroyed bytes are in no file of this database.
  swept_at timestamptz,
  constraint run_swept_after check (swept_at is null or finished_at is not null)
);
create unique index run_one_open on retention.run ((true)) where finished_at is null;
create index run_to_sweep on retention.run (finished_at) where swept_at is null;

-- One row a committed act. The ids leave it as soon as they stand in the journal outside the database.
create table retention.batch (
  run_id uuid not null references retention.run,
  batch_id uuid not null,
  committed_at timestamptz not null default now(),
  forgotten integer not null default 0 check (forgotten >= 0),
  erased jsonb,
  primary key (run_id, batch_id)
);
create index batch_to_journal on retention.batch (committed_at) where erased is not null;

-- What an act did, by clause and reason; no person is named.
create table retention.tally (
  run_id uuid not null,
  batch_id uuid not null,
  clause text not null,
  reason text not null,
  category text not null references policy.category,
  records integer not null check (records > 0),
  primary key (run_id, batch_id, clause, reason, category),
  foreign key (run_id, batch_id) references retention.batch
);

grant usage on schema retention to :role_api, :role_worker;
grant select on retention.run, retention.tally to :role_api, :role_worker;
grant select on retention.batch to :role_worker;
grant select (run_id, forgotten) on retention.batch to :role_api;
grant insert on retention.run, retention.batch, retention.tally to :role_worker;
grant update (finished_at, swept_at) on retention.run to :role_worker;
grant update (erased) on retention.batch to :role_worker;

-- Rewriting what it erased takes MAINTAIN, and nothing more than that is given.
grant maintain on subjects.record, subjects.lookup, subjects.subject to :role_worker;
