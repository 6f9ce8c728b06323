-- What a second round of attacks with plain SQL found open: steps that could be taken back, days that could be put off
-- and rows that said more than the program had done. Each guard below refuses one of them.

-- S22: a disclosure and a decision are told after they were made, so their notices begin as something still to be told.
create function notices.guard_new() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if new.state not in ('queued', 'held') or new.sent_at is not null then
    raise exception 'told before it was made' using errcode = '23514', constraint = 'notice_begins_untold';
  end if;
  if new.created_at is distinct from now() then
    raise exception 'not made now' using errcode = '23514', constraint = 'notice_made_now';
  end if;
  return new;
end
$$;
revoke all on function notices.guard_new() from public;
create trigger guard_new before insert on notices.notice
  for each row when (new.kind in ('disclosure', 'decision')) execute function notices.guard_new();

-- Nor is a disclosure told of in the act that makes it: nothing has left the house yet.
create function notices.guard_told() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'told before it was made' using errcode = '23514', constraint = 'notice_begins_untold';
end
$$;
revoke all on function notices.guard_told() from public;
create trigger guard_told before update of state, sent_at on notices.notice
  for each row when (
    new.kind = 'disclosure' and new.created_at = now() and (new.state in ('sent', 'delivered') or new.sent_at is not null)
  ) execute function notices.guard_told();

-- S22: a new attempt, a mail in hand and a hold all have days that the database can check.
alter table notices.notice
  add constraint notice_tried_soon check (try_after <= now() + interval '7 days'),
  add constraint notice_in_hand_now check (handed_at <= now()),
  add constraint notice_held_from_now check (held_on <= (now() at time zone 'Europe/Copenhagen')::date);

-- The text in force is the text that was adopted: its digest is computed here, its number is the next one, and the
-- act that adds it says so in the ledger. Who adds it does not say when.
alter table policy.version add constraint version_digest check (sha256 = pg_catalog.sha256(convert_to(document, 'UTF8')));
revoke insert on policy.version from :role_api;
grant insert (version, policy_id, sha256, document, adopted_by) on policy.version to :role_api;

-- Whether this very transaction has put a leaf in the ledger that holds these words.
create function ledger.says_now(words text[])
returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from ledger.pending p
    where p.xmin = pg_current_xact_id()::xid
      and (select bool_and(position(convert_to(word, 'UTF8') in p.leaf) > 0) from unnest(words) as word)
  )
$$;
revoke all on function ledger.says_now(text[]) from public;

create function policy.guard_version() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from policy.version v where v.version <> new.version having max(v.version) + 1 <> new.version) then
    raise exception 'not the next version' using errcode = '23514', constraint = 'version_follows';
  end if;
  if not ledger.says_now(array['policy.adopted', encode(new.sha256, 'hex')]) then
    raise exception 'not in the ledger' using errcode = '23514', constraint = 'version_in_ledger';
  end if;
  return null;
end
$$;
revoke all on function policy.guard_version() from public;
create constraint trigger guard_version after insert on policy.version
  deferrable initially deferred for each row execute function policy.guard_version();

-- S12, S18: the closed lists grow only by the act that adopts the version which names the new word.
create function policy.guard_list() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from policy.version v where v.version = new.first_version and v.xmin = pg_current_xact_id()::xid
  ) then
    raise exception 'no version adopts it' using errcode = '23514', constraint = 'list_grows_by_adoption';
  end if;
  return new;
end
$$;
revoke all on function policy.guard_list() from public;
create trigger guard_list before insert on policy.category for each row execute function policy.guard_list();
create trigger guard_list before insert on policy.purpose for each row execute function policy.guard_list();

-- S25: what was decided about a record stays decided, and an answer given is not taken back.
create function requests.guard_outcome() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if (old.outcome, new.outcome) is distinct from ('toRelease', 'released')
    and (old.outcome is not null or new.outcome = 'released') then
    raise exception 'decided already, or not yet' using errcode = '23514', constraint = 'objected_one_way';
  end if;
  return new;
end
$$;
revoke all on function requests.guard_outcome() from public;
create trigger guard_outcome before update of outcome on requests.objected
  for each row when (old.outcome is distinct from new.outcome) execute function requests.guard_outcome();

-- Nor is a record named as decided before anybody decides.
create function requests.guard_objected() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'not decided yet' using errcode = '23514', constraint = 'objected_one_way';
end
$$;
revoke all on function requests.guard_objected() from public;
create trigger guard_objected before insert on requests.objected
  for each row when (new.outcome is not null) execute function requests.guard_objected();

create function requests.guard_answer() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'answered once' using errcode = '23514', constraint = 'request_answered_once';
end
$$;
revoke all on function requests.guard_answer() from public;
create trigger guard_answer before update of answered_at, outcome, reason on requests.request
  for each row when (
    old.answered_at is not null
    and (new.answered_at, new.outcome, new.reason) is distinct from (old.answered_at, old.outcome, old.reason)
  ) execute function requests.guard_answer();
alter table requests.request add constraint request_answered_by_now check (answered_at <= now());

-- A key's days run from the database's clock, its making stands in the ledger, and once ended it is over.
revoke insert on identity.api_key from :role_api;
grant insert (key_id, role, party_id, digest, expires_at) on identity.api_key to :role_api;

create function identity.guard_end() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'ended, or not now' using errcode = '23514', constraint = 'key_ends_once';
end
$$;
revoke all on function identity.guard_end() from public;
create trigger guard_end before update of revoked_at on identity.api_key
  for each row when (
    old.revoked_at is distinct from new.revoked_at and (old.revoked_at is not null or new.revoked_at is distinct from now())
  ) execute function identity.guard_end();

create function identity.guard_new() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not ledger.says_now(array['identity.key_created', new.key_id::text]) then
    raise exception 'not in the ledger' using errcode = '23514', constraint = 'key_in_ledger';
  end if;
  return null;
end
$$;
revoke all on function identity.guard_new() from public;
create constraint trigger guard_new after insert on identity.api_key
  deferrable initially deferred for each row execute function identity.guard_new();

-- S19: a case that is closed stays closed as of its day, its limitation and its review are days that a law knows, and
-- it is cleared when nothing of it is left. Ten years is the longest limitation there is (Forældelsesloven section 5).
alter table work.relationship
  add constraint relationship_limited check (
    limitation_on <= ((now() at time zone 'Europe/Copenhagen')::date + interval '10 years')::date
  ),
  add constraint relationship_closed_by_now check (closed_on <= (now() at time zone 'Europe/Copenhagen')::date),
  drop constraint relationship_reviewed,
  add constraint relationship_reviewed check (
    review_on <= opened_on + 3660 and review_on <= (now() at time zone 'Europe/Copenhagen')::date + 366
  );

create function work.guard_closed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'closed for good' using errcode = '23514', constraint = 'relationship_stays_closed';
end
$$;
revoke all on function work.guard_closed() from public;
create trigger guard_closed before update of closed_on on work.relationship
  for each row when (old.closed_on is not null and (new.closed_on is null or new.closed_on > old.closed_on))
  execute function work.guard_closed();

create function work.guard_cleared() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from subjects.record r
    where r.subject_id = new.subject_id and r.relationship_id = new.relationship_id and r.erased_at is null
  ) then
    raise exception 'something is left of it' using errcode = '23514', constraint = 'relationship_cleared_empty';
  end if;
  return new;
end
$$;
revoke all on function work.guard_cleared() from public;
create trigger guard_cleared before update of cleared_on on work.relationship
  for each row when (old.cleared_on is null and new.cleared_on is not null) execute function work.guard_cleared();

-- S19: what is erased does not come back. A digest is written with its record and never after it; a record is of a
-- person whose key lives. Once a statement and not once a row: an import writes many thousands of both.
create function subjects.guard_lookups() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- `offset 0` keeps it to the primary key: while a table is being filled its statistics speak for reading all of it.
  if exists (
    select from added a
    cross join lateral (
      select r.xmin as born, r.erased_at from subjects.record r
      where r.subject_id = a.subject_id and r.record_id = a.record_id offset 0
    ) as its
    where its.erased_at is not null or its.born <> pg_current_xact_id()::xid
  ) then
    raise exception 'a digest comes with its record' using errcode = '23514', constraint = 'lookup_with_record';
  end if;
  return null;
end
$$;
revoke all on function subjects.guard_lookups() from public;
create trigger guard_lookups after insert on subjects.lookup
  referencing new table as added for each statement execute function subjects.guard_lookups();

create function subjects.guard_persons() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  -- Whoever was made by this transaction is nobody else's to forget, and needs no lock.
  known constant uuid[] := array(
    select s.subject_id from subjects.subject s
    where s.subject_id = any (array(select distinct a.subject_id from added a)) and s.xmin <> pg_current_xact_id()::xid
  );
begin
  if known = '{}' then
    return null;
  end if;
  perform 1 from subjects.subject s where s.subject_id = any (known) order by s.subject_id for key share;
  if exists (select from subjects.subject s where s.subject_id = any (known) and s.erased_at is not null) then
    raise exception 'the person is forgotten' using errcode = '23514', constraint = 'record_of_living_key';
  end if;
  return null;
end
$$;
revoke all on function subjects.guard_persons() from public;
create trigger guard_persons after insert on subjects.record
  referencing new table as added for each statement execute function subjects.guard_persons();

-- The database's clock says when a leaf came, and so in which order the leaves stand.
revoke insert on ledger.pending from :role_api, :role_worker, :role_import, :role_integrator;
grant insert (entry_id, leaf) on ledger.pending to :role_api, :role_worker, :role_import, :role_integrator;

-- S21: a package is what was packed, leaves once for the first time, and is empty for good once it is erased.
alter table disclosure.package
  add constraint package_is_whole check (bytes is null or pg_catalog.sha256(bytes) = package_sha256);

create function disclosure.guard_package() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'erased or fetched for good' using errcode = '23514', constraint = 'package_one_way';
end
$$;
revoke all on function disclosure.guard_package() from public;
create trigger guard_package before update on disclosure.package
  for each row when (
    (old.erased_at is not null and new.erased_at is distinct from old.erased_at)
    or (old.fetched_at is not null and new.fetched_at is distinct from old.fetched_at)
  ) execute function disclosure.guard_package();

-- Found by an index: what is asked for by its id alone, and what a job looks for by its day.
create unique index consent_by_id on consents.consent (consent_id);
create index consent_ending on consents.consent (valid_until) where valid_until is not null;
create unique index request_by_id on requests.request (request_id);
create unique index demand_by_id on work.demand (demand_id);
