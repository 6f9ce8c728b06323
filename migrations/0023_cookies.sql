-- The cookie part: what was shown, what visitors chose, which browser is whose, what the guard said no to, and what
-- scans found. Two logs, as the Danish authority wants them: `cookies.choice` is the visitor's own and is deleted soon
-- after a later choice; what proves the procedure is in the ledger and names nobody.
create schema cookies;

-- The key of a site's own server. It may do what its site needs, and only for that site.
alter table identity.api_key
  add column site text check (site = lower(site) and length(site) between 1 and 253),
  drop constraint api_key_role_check,
  add constraint api_key_role_check check (role in ('admin', 'officer', 'caseWorker', 'client', 'site', 'auditor')),
  add constraint site_key_has_site check ((role = 'site') = (site is not null));

grant insert (site) on identity.api_key to :role_api;

create table cookies.register (
  sha256 bytea primary key check (octet_length(sha256) = 32),
  site text not null,
  policy_version integer not null,
  -- The exact text that was hashed, so that nobody can publish another under its number.
  document text not null,
  published_at timestamptz not null default now(),
  constraint register_is_its_hash check (sha256 = pg_catalog.sha256(convert_to(document, 'UTF8')))
);
comment on table cookies.register is 'Every register ever given to a site: what a scan or a guard was held against.';

create table cookies.notice (
  sha256 bytea primary key check (octet_length(sha256) = 32),
  register_sha256 bytea not null references cookies.register,
  language text not null check (language in ('da', 'en')),
  document text not null,
  published_at timestamptz not null default now(),
  unique (sha256, register_sha256),
  constraint notice_is_its_hash check (sha256 = pg_catalog.sha256(convert_to(document, 'UTF8')))
);
comment on table cookies.notice is 'The exact sentences that visitors are shown, so that a hash in a receipt can be read.';

-- A token is good once. What is left of a spent one goes when it could no longer be used anyway.
create table cookies.spent_token (
  digest bytea primary key check (octet_length(digest) = 32),
  expires_at timestamptz not null
);
create index spent_token_expired on cookies.spent_token (expires_at);

create table cookies.choice (
  choice_id uuid primary key,
  -- SHA-256 of the proof in the visitor's cookie: who holds the cookie can read the receipt, nobody else finds the row.
  proof_digest bytea not null unique check (octet_length(proof_digest) = 32),
  site text not null,
  notice_sha256 bytea not null,
  register_sha256 bytea not null,
  method text not null check (method in ('accept', 'reject', 'save', 'withdraw')),
  accepted text[] not null,
  refused text[] not null,
  is_gpc boolean not null,
  given_at timestamptz not null default now(),
  lasts_seconds integer not null check (lasts_seconds between 60 and 34560000),
  replaced_at timestamptz,
  entry_id uuid not null,
  salt bytea not null check (octet_length(salt) = 16),
  foreign key (notice_sha256, register_sha256) references cookies.notice (sha256, register_sha256),
  constraint choice_replaced_after check (replaced_at >= given_at),
  constraint choice_disjoint check (not accepted && refused),
  constraint choice_refuses_all check (method not in ('reject', 'withdraw') or accepted = '{}')
);
create index choice_replaced on cookies.choice (replaced_at) where replaced_at is not null;
create index choice_given on cookies.choice (given_at);

-- Which browser a person has shown to be theirs (S3). What ties them goes when it ends; that it was, stays.
create table cookies.link (
  subject_id uuid not null references subjects.subject,
  link_id uuid not null,
  site text not null,
  proof_digest bytea check (octet_length(proof_digest) = 32),
  notice_id uuid not null,
  linked_at timestamptz not null default now(),
  ended_at timestamptz,
  ended_by text check (ended_by in ('objection', 'erasure', 'visitor', 'site', 'expired')),
  primary key (subject_id, link_id),
  constraint link_notice_fkey foreign key (subject_id, notice_id) references notices.notice deferrable initially deferred,
  constraint link_ended check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (proof_digest is not null))
);
create unique index link_once on cookies.link (proof_digest, subject_id) where proof_digest is not null;
create unique index link_by_id on cookies.link (link_id);

-- How often a guard said no, without what it said no to.
create table cookies.guard_count (
  site text not null,
  day date not null,
  code text not null check (code ~ '^[a-z]+\.[a-z_]+$'),
  clause text not null,
  mode text not null check (mode in ('strip', 'explain')),
  count bigint not null check (count > 0),
  primary key (site, day, code, mode)
);

create table cookies.scan (
  scan_id uuid primary key,
  site text not null,
  -- The hosts that were visited: a site may have several, and what is clean on one says nothing of another.
  hosts text[] not null check (cardinality(hosts) between 1 and 50),
  -- The list it was held against; a scan against another list proves nothing here.
  register_sha256 bytea not null constraint scan_register_fkey references cookies.register,
  -- Every visitor saw at least one page. Less than that may show a fault, never that one is gone.
  is_whole boolean not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  -- The exact bytes of the report, and the signature over them.
  report bytea not null,
  signature bytea not null check (octet_length(signature) = 64),
  breaches integer not null check (breaches >= 0),
  doubts integer not null check (doubts >= 0),
  recorded_at timestamptz not null default now(),
  constraint scan_took_time check (finished_at >= started_at and finished_at <= recorded_at + interval '1 hour')
);
create index scan_finished on cookies.scan (finished_at desc);

create table cookies.finding (
  scan_id uuid not null references cookies.scan on delete cascade,
  finding_id text not null,
  clause text not null,
  code text not null,
  severity text not null check (severity in ('breach', 'doubt', 'note')),
  primary key (scan_id, finding_id)
);

create table cookies.scan_plan (
  url text primary key check (length(url) between 8 and 2000),
  site text not null,
  every_hours integer not null check (every_hours between 1 and 8784),
  next_at timestamptz not null default now(),
  -- Why the latest scan came to nothing; null when it came to a report.
  failure text check (failure ~ '^[a-z0-9_./-]{1,80}$')
);

-- `www.intrum.dk` is a host of the site `intrum.dk`.
create function cookies.is_host_of(host text, site text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select host = site or right(host, length(site) + 1) = '.' || site $$;
revoke all on function cookies.is_host_of(text, text) from public;

-- One order of locks for whoever ties, looses or erases: the person's records, the person, then links by person and id.
-- A lock needs a right to update, which the role has not.
create function cookies.lock_person(person uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$ select from subjects.subject s where s.subject_id = person for no key update $$;
revoke all on function cookies.lock_person(uuid) from public;

-- Ends what ties a browser to somebody who is being forgotten, whoever forgets them.
create function cookies.unlink_forgotten() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform from cookies.link l where l.subject_id = new.subject_id and l.ended_at is null order by l.link_id for update;
  update cookies.link l set proof_digest = null, ended_at = now(), ended_by = 'erasure'
  where l.subject_id = new.subject_id and l.ended_at is null;
  return null;
end
$$;
revoke all on function cookies.unlink_forgotten() from public;
create trigger unlink_forgotten after update of erased_at on subjects.subject
  for each row when (new.erased_at is not null and old.erased_at is null) execute function cookies.unlink_forgotten();

-- A site knows a person by what they gave it. When the last of that is erased, by whatever door, the link goes with it.
create function cookies.unlink_erased() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- Whoever erases another of these records at the same moment waits here, and then sees that this one is gone.
  perform from cookies.link l
  where l.subject_id = new.subject_id and l.ended_at is null and cookies.is_host_of(new.host, l.site)
  order by l.link_id for update;
  if not found then return null; end if;
  update cookies.link l set proof_digest = null, ended_at = now(), ended_by = 'erasure'
  where l.subject_id = new.subject_id and l.ended_at is null and cookies.is_host_of(new.host, l.site)
    and not exists (
      select from subjects.record r
      where r.subject_id = l.subject_id and r.erased_at is null and r.source = 'website'
        and cookies.is_host_of(r.host, l.site)
    );
  return null;
end
$$;
revoke all on function cookies.unlink_erased() from public;
create trigger unlink_erased after update of erased_at on subjects.record
  for each row when (new.source = 'website' and new.erased_at is not null and old.erased_at is null)
  execute function cookies.unlink_erased();

-- Nobody is tied whom the site does not know, or who is forgotten: a link waits for an erasure under way, and the
-- erasure for the link.
create function cookies.link_living() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform from subjects.record r
  where r.subject_id = new.subject_id and r.erased_at is null and r.source = 'website'
    and cookies.is_host_of(r.host, new.site)
  order by r.record_id for share;
  if not found then raise exception 'not known to the site' using errcode = '23514', constraint = 'link_known'; end if;
  perform from subjects.subject s where s.subject_id = new.subject_id and s.erased_at is null for share;
  if not found then raise exception 'forgotten' using errcode = '23514', constraint = 'link_living'; end if;
  return new;
end
$$;
revoke all on function cookies.link_living() from public;
create trigger link_living before insert on cookies.link for each row execute function cookies.link_living();

-- Ends what replaced choices tied, in statements after the choices were won: a link made meanwhile is seen, too.
create function cookies.unlink_replaced() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform from cookies.link l join fresh f on f.proof_digest = l.proof_digest
  order by l.subject_id, l.link_id for update of l;
  update cookies.link l set proof_digest = null, ended_at = now(), ended_by = 'visitor'
  from fresh f where l.proof_digest = f.proof_digest and f.replaced_at is not null;
  return null;
end
$$;
revoke all on function cookies.unlink_replaced() from public;
create trigger unlink_replaced after update on cookies.choice
  referencing new table as fresh for each statement execute function cookies.unlink_replaced();

-- What came loose stays so after a restore. The note has the time of the end as the link has it, and no person.
alter table subjects.journal
  drop constraint journal_kind_check,
  add constraint journal_kind_check check (
    kind in ('erased', 'forgotten', 'restricted', 'released', 'withdrawn', 'revoked', 'unlinked')
  );
create function cookies.note_unlinked() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into subjects.journal (at, kind, reason, items)
  values (new.ended_at, 'unlinked', new.ended_by, array[new.link_id]);
  return null;
end
$$;
revoke all on function cookies.note_unlinked() from public;
create trigger note_unlinked after update on cookies.link
  for each row when (old.ended_at is null and new.ended_at is not null) execute function cookies.note_unlinked();

create function retention.unlink_again(links uuid[], reasons text[])
returns table (person uuid, link uuid)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform from cookies.link l where l.link_id = any(links) and l.ended_at is null
  order by l.subject_id, l.link_id for update;
  return query
    update cookies.link l set proof_digest = null, ended_at = now(), ended_by = t.reason
    from unnest(links, reasons) as t (id, reason)
    where l.link_id = t.id and l.ended_at is null
    returning l.subject_id, l.link_id;
end
$$;
revoke all on function retention.unlink_again(uuid[], text[]) from public;
grant execute on function retention.unlink_again(uuid[], text[]) to :role_worker;

-- A choice that was replaced, or whose time is over, by the clock of the database: nobody can delete another.
create function cookies.erase_choices(most integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  erased bigint;
begin
  perform from cookies.link l join cookies.choice c on c.proof_digest = l.proof_digest
  where now() > c.given_at + c.lasts_seconds * interval '1 second'
  order by l.subject_id, l.link_id for update of l;
  update cookies.link l set proof_digest = null, ended_at = now(), ended_by = 'expired'
  from cookies.choice c
  where l.proof_digest = c.proof_digest and now() > c.given_at + c.lasts_seconds * interval '1 second';
  with gone as (
    select c.choice_id from cookies.choice c
    where c.replaced_at < now() - interval '1 day' or now() > c.given_at + c.lasts_seconds * interval '1 second'
    limit least(most, 100000) for update skip locked
  )
  delete from cookies.choice c using gone where c.choice_id = gone.choice_id;
  get diagnostics erased = row_count;
  delete from cookies.spent_token t where t.expires_at < now();
  return erased;
end
$$;
revoke all on function cookies.erase_choices(integer) from public;

create function cookies.choices_to_erase() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from cookies.choice c
    where c.replaced_at < now() - interval '1 day' or now() > c.given_at + c.lasts_seconds * interval '1 second'
  ) or exists (select from cookies.spent_token t where t.expires_at < now())
$$;
revoke all on function cookies.choices_to_erase() from public;

grant usage on schema cookies to :role_api, :role_worker;
grant select on cookies.register, cookies.notice, cookies.choice, cookies.link, cookies.guard_count, cookies.scan,
  cookies.finding, cookies.scan_plan to :role_api;
grant insert (sha256, site, policy_version, document) on cookies.register to :role_api;
grant insert (sha256, register_sha256, language, document) on cookies.notice to :role_api;
grant insert on cookies.spent_token to :role_api;
grant select (digest) on cookies.spent_token to :role_api;
-- The database's clock says when; the visitor's and the site's do not.
grant insert (choice_id, proof_digest, site, notice_sha256, register_sha256, method, accepted, refused, is_gpc,
  lasts_seconds, entry_id, salt) on cookies.choice to :role_api;
grant update (replaced_at) on cookies.choice to :role_api;
grant insert (subject_id, link_id, site, proof_digest, notice_id) on cookies.link to :role_api;
grant update (proof_digest, ended_at, ended_by) on cookies.link to :role_api;
grant execute on function cookies.lock_person(uuid) to :role_api;
grant insert, update (count) on cookies.guard_count to :role_api;
grant insert (scan_id, site, hosts, register_sha256, is_whole, started_at, finished_at, report, signature, breaches,
  doubts) on cookies.scan to :role_api, :role_worker;
grant insert on cookies.finding to :role_api, :role_worker;
-- The first scan of a site may come before its server asks for the register.
grant insert (sha256, site, policy_version, document) on cookies.register to :role_worker;
grant select on cookies.scan, cookies.finding, cookies.scan_plan, cookies.register, cookies.notice to :role_worker;
grant insert, delete, update (site, every_hours, next_at, failure) on cookies.scan_plan to :role_api;
grant update (next_at, failure) on cookies.scan_plan to :role_worker;
grant execute on function cookies.erase_choices(integer), cookies.choices_to_erase() to :role_worker;

-- One way: a choice once replaced stays so, an ended link is not tied again, and what was counted stays counted. The
-- visitor's own end of a link is kept by day: its exact time is that of the new choice in the log, which names nobody.
create function cookies.one_way() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_table_name = 'choice' then
    if old.replaced_at is not null then raise exception 'replaced already' using errcode = '23514', constraint = 'choice_one_way'; end if;
    new.replaced_at := now();
  elsif tg_table_name = 'guard_count' then
    if new.count < old.count then raise exception 'counted already' using errcode = '23514', constraint = 'count_one_way'; end if;
  else
    if old.ended_at is not null then raise exception 'ended already' using errcode = '23514', constraint = 'link_one_way'; end if;
    if new.ended_at is null then raise exception 'a link only ends' using errcode = '23514', constraint = 'link_one_way'; end if;
    new.ended_at := case new.ended_by when 'visitor' then greatest(old.linked_at, date_trunc('day', now())) else now() end;
  end if;
  return new;
end
$$;
create trigger choice_one_way before update on cookies.choice for each row execute function cookies.one_way();
create trigger link_one_way before update on cookies.link for each row execute function cookies.one_way();
create trigger count_one_way before update on cookies.guard_count for each row execute function cookies.one_way();

-- The figures of S1 to S11: counts and days, nothing else. What a scan found is told by host, so that a site that was
-- not scanned, or that the policy does not name any more, is not taken for a clean one. A fault counts from the scan
-- that shows it until the whole of the host is scanned without it.
create function promises.cookie_figures() returns table (figure text, whole bigint, day date)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with visited as (
    select s.scan_id, s.is_whole, s.finished_at, h.host from cookies.scan s cross join unnest(s.hosts) h (host)
  ), latest as (
    select distinct on (v.host) v.host, v.finished_at from visited v where v.is_whole order by v.host, v.finished_at desc
  ), counted as (
    select v.scan_id, v.host from visited v left join latest l on l.host = v.host
    where l.host is null or v.finished_at >= l.finished_at
  ), clauses as (
    select 'S' || n as clause from generate_series(1, 11) n
  )
  select 'scanned@' || l.host, null::bigint, (l.finished_at at time zone 'Europe/Copenhagen')::date from latest l
  union all
  select 'scan.' || f.clause || '@' || c.host, count(distinct f.finding_id), null
  from counted c join cookies.finding f on f.scan_id = c.scan_id and f.severity = 'breach'
  group by f.clause, c.host
  union all
  select 'guard.' || c.clause, coalesce(sum(g.count), 0)::bigint, null
  from clauses c left join cookies.guard_count g on g.clause = c.clause and g.mode = 'strip'
    and g.day between (now() at time zone 'Europe/Copenhagen')::date - 29
      and (now() at time zone 'Europe/Copenhagen')::date + 1
  group by c.clause
  union all
  select 'choices.live', (select count(*) from cookies.choice c where c.replaced_at is null), null
  union all
  select 'choices.overdue', (
    select count(*) from cookies.choice c
    where c.replaced_at < now() - interval '3 days' or now() > c.given_at + c.lasts_seconds * interval '1 second' + interval '2 days'
  ), null
  union all
  select 'links.live', (select count(*) from cookies.link k where k.ended_at is null), null
  union all
  select 'links.untold', (
    select count(*) from cookies.link k left join notices.notice n on n.subject_id = k.subject_id and n.notice_id = k.notice_id
    where k.ended_at is null and (n.notice_id is null or n.state not in ('sent', 'delivered'))
  ), null
$$;
revoke all on function promises.cookie_figures() from public;

create or replace function promises.measure() returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into promises.measured as kept (measured_at, figures, refused, rejected)
  select now(),
    (
      select jsonb_agg(to_jsonb(f)) from (
        select figure, whole, day from promises.figures()
        union all
        select figure, whole, day from promises.cookie_figures()
        -- Art. 12(3): from the day it reached us to the day it was answered, in Denmark.
        union all
        select 'requests.medianDays',
          percentile_disc(0.5) within group (order by
            (r.answered_at at time zone 'Europe/Copenhagen')::date - r.received_on), null
        from requests.request r where r.kind = 'access' and r.answered_at is not null
      ) f
    ),
    (select coalesce(jsonb_object_agg(clause, refused), '{}') from promises.refusals()),
    (select coalesce(jsonb_object_agg(clause, refused), '{}') from promises.rejects())
  on conflict (is_only) do update
    set measured_at = excluded.measured_at, figures = excluded.figures, refused = excluded.refused,
      rejected = excluded.rejected
    where kept.measured_at <= excluded.measured_at
$$;
