-- What a client may see of its cases, what an objection stops while a file comes in, and a journal that every door
-- writes to.

-- A2: a client sees one row a reference, and what it sees depends on its own files and on what it is told.
alter table work.relationship
  -- A provisional case beside the one that bears its reference: never shown to the client.
  add column is_aside boolean not null default false,
  -- The id under which the client has known the case since its first delivery, when that is not its own.
  add column shown_as uuid,
  -- The day on which the client's own file closed it, also when we had closed it before.
  add column client_closed_on date,
  add constraint aside_is_not_shown check (not is_aside or shown_as is null);
create unique index case_shown_as on work.relationship (client_id, shown_as) where shown_as is not null;
grant update (is_aside) on work.relationship to :role_api;
grant update (client_closed_on) on work.relationship to :role_import;
update work.relationship l set is_aside = true
from intake.review r
where r.subject_id = l.subject_id and r.relationship_id = l.relationship_id and l.reference_digest <> r.reference_digest;

-- S25: whoever is about to renew what is held of these persons waits for an objection, and an objection waits for it.
-- A lock needs a right to update, which the importing role has not.
create function subjects.keep(persons uuid[])
returns integer
language plpgsql security definer set search_path = pg_catalog, subjects, pg_temp
as $$
declare
  kept integer;
begin
  perform 1 from subjects.record r
  where r.subject_id = any(persons) and r.erased_at is null order by r.subject_id, r.record_id for update;
  get diagnostics kept = row_count;
  return kept;
end
$$;
revoke all on function subjects.keep(uuid[]) from public;
grant execute on function subjects.keep(uuid[]) to :role_import, :role_api;

-- S25, Art. 18: what is restricted has no successor that is free.
create function subjects.guard_successor() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform 1 from subjects.record r
  where r.subject_id = new.subject_id and r.record_id = new.supersedes and r.restricted_at is not null
    and r.erased_at is null for share;
  if found then
    raise exception 'what it replaces is restricted' using errcode = '23514', constraint = 'record_replaces_free';
  end if;
  return new;
end
$$;
revoke all on function subjects.guard_successor() from public;
create trigger guard_successor before insert on subjects.record
  for each row when (new.supersedes is not null and new.restricted_at is null)
  execute function subjects.guard_successor();

-- What must survive a restore, written in the act itself and by whatever door it came: ids and codes until they stand
-- in the journal outside the database.
create table subjects.journal (
  journal_id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  kind text not null check (kind in ('erased', 'forgotten', 'restricted', 'released', 'withdrawn', 'revoked')),
  reason text not null default '',
  persons uuid[] not null default '{}',
  -- Records, consents or keys, by kind; each of the person at the same place.
  items uuid[] not null default '{}'
);
grant select, delete on subjects.journal to :role_worker;

create function subjects.note_records() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into subjects.journal (kind, reason, persons, items)
  select changed.kind, changed.reason, array_agg(changed.subject_id), array_agg(changed.record_id)
  from (
    select n.subject_id, n.record_id,
      case when o.erased_at is null and n.erased_at is not null then 'erased'
        when n.erased_at is not null then null
        when o.restricted_at is null and n.restricted_at is not null then 'restricted'
        when o.restricted_at is not null and n.restricted_at is null then 'released' end as kind,
      coalesce(n.erase_reason, '') as reason
    from fresh n join stale o on o.subject_id = n.subject_id and o.record_id = n.record_id
  ) changed
  where changed.kind is not null
  group by changed.kind, changed.reason;
  return null;
end
$$;
revoke all on function subjects.note_records() from public;
create trigger note_records after update on subjects.record
  referencing old table as stale new table as fresh for each statement execute function subjects.note_records();

create function subjects.note_one() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  case tg_argv[0]
    when 'forgotten' then
      insert into subjects.journal (kind, persons) values ('forgotten', array[new.subject_id]);
    when 'withdrawn' then
      insert into subjects.journal (kind, persons, items)
      values ('withdrawn', array[new.subject_id], array[new.consent_id]);
    when 'revoked' then
      insert into subjects.journal (kind, items) values ('revoked', array[new.key_id]);
  end case;
  return null;
end
$$;
revoke all on function subjects.note_one() from public;
create trigger note_forgotten after update of wrapped_key on subjects.subject
  for each row when (old.wrapped_key is not null and new.wrapped_key is null)
  execute function subjects.note_one('forgotten');
create trigger note_withdrawn after insert on consents.event
  for each row when (new.state = 'withdrawn') execute function subjects.note_one('withdrawn');
create trigger note_revoked after update of revoked_at on identity.api_key
  for each row when (old.revoked_at is null and new.revoked_at is not null)
  execute function subjects.note_one('revoked');

-- What was left for the journal under the old arrangement, in which retention's runs alone wrote to it.
insert into subjects.journal (at, kind, reason, persons, items)
select (l ->> 'at')::timestamptz, 'erased', l ->> 'reason',
  array_fill((l ->> 'subject')::uuid, array[jsonb_array_length(l -> 'records')]),
  array(select jsonb_array_elements_text(l -> 'records')::uuid)
from retention.batch b cross join lateral jsonb_array_elements(b.erased) as l
where l ? 'records';
insert into subjects.journal (at, kind, persons)
select (l ->> 'at')::timestamptz, 'forgotten', array(select jsonb_array_elements_text(l -> 'forgotten')::uuid)
from retention.batch b cross join lateral jsonb_array_elements(b.erased) as l
where l ? 'forgotten';
alter table retention.batch drop column erased;

-- After a restore: what the journal says is said again, and nothing is set free by it.
create function retention.restrict_again(persons uuid[], records uuid[])
returns table (person uuid, record uuid)
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  update subjects.record r set restricted_at = now()
  from unnest(persons, records) as t (person, record)
  where r.subject_id = t.person and r.record_id = t.record and r.erased_at is null and r.restricted_at is null
  returning r.subject_id, r.record_id
$$;
create function retention.withdraw_again(persons uuid[], consents uuid[])
returns table (person uuid, consent uuid)
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into consents.event (subject_id, consent_id, ordinal, state)
  select c.subject_id, c.consent_id, last.ordinal + 1, 'withdrawn'
  from unnest(persons, consents) as t (person, consent)
  join consents.consent c on c.subject_id = t.person and c.consent_id = t.consent
  cross join lateral (
    select e.ordinal, e.state from consents.event e
    where e.subject_id = c.subject_id and e.consent_id = c.consent_id order by e.ordinal desc limit 1
  ) last
  where last.state = 'given'
  returning subject_id, consent_id
$$;
create function retention.revoke_again(keys uuid[])
returns integer
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  with revoked as (
    update identity.api_key k set revoked_at = now() where k.key_id = any(keys) and k.revoked_at is null returning 1
  )
  select count(*)::integer from revoked
$$;
revoke all on function retention.restrict_again(uuid[], uuid[]), retention.withdraw_again(uuid[], uuid[]),
  retention.revoke_again(uuid[]) from public;
grant execute on function retention.restrict_again(uuid[], uuid[]), retention.withdraw_again(uuid[], uuid[]),
  retention.revoke_again(uuid[]) to :role_worker;

-- S22, Art. 14: a notice ends untold only for a row that was settled as another case's or as not taken, and of which
-- nothing is left: the other case has a notice of its own, or there is nothing to tell of.
alter table notices.notice
  drop constraint notice_state_check,
  add constraint notice_state_check check (
    state in ('queued', 'sent', 'delivered', 'returned', 'escalated', 'held', 'ended')
  ),
  add constraint notice_ended_why check (
    state <> 'ended' or (kind = 'collection' and coalesce(failure in ('notices.told_by_other', 'notices.not_taken'), false))
  );
create function notices.guard_ended() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select 1 from intake.review r
    where r.subject_id = new.subject_id and r.relationship_id = new.relationship_id
      and r.outcome = case new.failure when 'notices.told_by_other' then 'same' else 'refused' end
  ) or exists (
    select 1 from subjects.record r
    where r.subject_id = new.subject_id and r.relationship_id = new.relationship_id and r.erased_at is null
  ) then
    raise exception 'somebody is still to be told' using errcode = '23514', constraint = 'notice_ended_settled';
  end if;
  return new;
end
$$;
revoke all on function notices.guard_ended() from public;
create trigger guard_ended before insert or update of state on notices.notice
  for each row when (new.state = 'ended') execute function notices.guard_ended();
-- Those of rows that were settled before this was possible.
update notices.notice n
set state = 'ended', failure = case r.outcome when 'same' then 'notices.told_by_other' else 'notices.not_taken' end
from intake.review r
where r.subject_id = n.subject_id and r.relationship_id = n.relationship_id and r.outcome in ('same', 'refused')
  and n.kind = 'collection' and n.state in ('queued', 'returned', 'escalated') and n.handed_at is null
  and n.batch_id is null
  and not exists (
    select 1 from subjects.record r
    where r.subject_id = n.subject_id and r.relationship_id = n.relationship_id and r.erased_at is null
  );

-- An import that nobody will end can be given up: what was taken stays, and the client's other files may come.
alter table intake.import
  add column abandoned_at timestamptz,
  add constraint import_abandoned_is_over check (abandoned_at is null or finished_at is not null);
grant update (abandoned_at) on intake.import to :role_import;
