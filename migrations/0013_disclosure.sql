-- A disclosure fits its ground in every part, at the moment it is made: also for whoever writes SQL by hand.

-- S21: the demand is of this very case and of this very authority.
alter table work.demand add constraint demand_of_case_and_authority unique (subject_id, demand_id, relationship_id, authority_id);
alter table disclosure.disclosure
  add constraint disclosure_demand_fits foreign key (subject_id, demand_id, relationship_id, recipient_id)
    references work.demand (subject_id, demand_id, relationship_id, authority_id);

-- S15: the consent is for this very recipient, and for being disclosed.
alter table consents.consent add constraint consent_for_recipient unique (subject_id, consent_id, recipient_id, purpose);
alter table disclosure.disclosure
  add column consent_purpose text not null default 'disclosure' check (consent_purpose = 'disclosure'),
  -- The records that lie in the package: looked at again before its bytes leave.
  add column record_ids uuid[] not null check (cardinality(record_ids) > 0),
  add constraint disclosure_consent_fits foreign key (subject_id, consent_id, recipient_id, consent_purpose)
    references consents.consent (subject_id, consent_id, recipient_id, purpose);

-- What a foreign key cannot say: the claim is still this creditor's, the lawyer still has the case, the demand
-- covers these fields today, the consent still stands. The rows asked about are locked until the act ends.
create function disclosure.guard() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  today constant date := (now() at time zone 'Europe/Copenhagen')::date;
  consent_state text;
begin
  new.disclosed_at := now();
  perform 1 from work.relationship r
  where r.subject_id = new.subject_id and r.relationship_id = new.relationship_id for share;
  if new.recipient_kind <> 'authority' and exists (
    select 1 from work.relationship r
    where r.subject_id = new.subject_id and r.relationship_id = new.relationship_id and r.closed_on is not null
  ) then
    raise exception 'the case is closed' using errcode = '23514', constraint = 'disclosure_case_open';
  end if;
  if exists (
    select 1 from work.lawyer l
    where l.subject_id = new.subject_id and l.relationship_id = new.relationship_id and l.lawyer_id = new.lawyer_id
      and l.ended_on is not null
  ) then
    raise exception 'no longer the lawyer' using errcode = '23514', constraint = 'disclosure_lawyer_present';
  end if;
  if exists (
    select 1 from work.demand d
    where d.subject_id = new.subject_id and d.demand_id = new.demand_id
      and not (today between d.demanded_on and d.valid_until and new.fields <@ d.fields)
  ) then
    raise exception 'beyond the demand' using errcode = '23514', constraint = 'disclosure_demand_covers';
  end if;
  perform 1 from consents.consent c where c.subject_id = new.subject_id and c.consent_id = new.consent_id for update;
  if found then
    select e.state into consent_state from consents.event e
    where e.subject_id = new.subject_id and e.consent_id = new.consent_id order by e.ordinal desc limit 1;
    if consent_state is distinct from 'given' then
      raise exception 'the consent has ended' using errcode = '23514', constraint = 'disclosure_consent_live';
    end if;
  end if;
  return new;
end
$$;
revoke all on function disclosure.guard() from public;
create trigger guard before insert on disclosure.disclosure for each row execute function disclosure.guard();

-- S22: the notice tells of this recipient and of these fields, no fewer. Asked at commit, like the key it goes with.
create function disclosure.guard_notice() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select 1 from notices.notice n
    where n.subject_id = new.subject_id and n.notice_id = new.notice_id
      and (n.recipient_id is distinct from new.recipient_id or not coalesce(new.fields <@ n.fields, false))
  ) then
    raise exception 'the notice is of something else' using errcode = '23514', constraint = 'disclosure_notice_fits';
  end if;
  return null;
end
$$;
revoke all on function disclosure.guard_notice() from public;
create constraint trigger guard_notice after insert on disclosure.disclosure
  deferrable initially deferred for each row execute function disclosure.guard_notice();

create unique index disclosure_by_id on disclosure.disclosure (disclosure_id);

-- An expired package loses its bytes; the row stays as proof of what was sent.
alter table disclosure.package
  add column erased_at timestamptz,
  add constraint package_alive_or_erased check ((erased_at is null) = (bytes is not null));
create index package_to_erase on disclosure.package (expires_at) where erased_at is null;
grant select (erased_at) on disclosure.package to :role_worker;
grant update (erased_at) on disclosure.package to :role_worker, :role_api;

-- Pages of a client's cases.
create index relationship_of_client on work.relationship (client_id, relationship_id) where kind = 'debtCase';
create index demand_of_case on work.demand (relationship_id);
create index hold_open on work.hold (review_on) where lifted_on is null;
