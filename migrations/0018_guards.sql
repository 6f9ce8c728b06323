-- What an attack with plain SQL found open: each line here refuses one that worked before it.

-- S21: a demand is an authority's, a lawyer's place is a law firm's, a claim is a client's; what a party is says its row.
alter table work.party add constraint party_and_kind unique (party_id, kind);
alter table work.demand
  add column authority_kind text not null default 'authority' check (authority_kind = 'authority'),
  add constraint demand_of_authority foreign key (authority_id, authority_kind) references work.party (party_id, kind);
alter table work.lawyer
  add column lawyer_kind text not null default 'lawyer' check (lawyer_kind = 'lawyer'),
  add constraint lawyer_is_law_firm foreign key (lawyer_id, lawyer_kind) references work.party (party_id, kind);
alter table work.relationship
  add column client_kind text not null default 'client' check (client_kind = 'client'),
  add constraint case_of_client foreign key (client_id, client_kind) references work.party (party_id, kind);
-- Nor is a client's key any other party's.
alter table identity.api_key
  add column party_kind text not null default 'client' check (party_kind = 'client'),
  add constraint key_of_client foreign key (party_id, party_kind) references work.party (party_id, kind);

-- S15, S21, S25: which records left decides what was needed for it, not what the writer says of them. They are this
-- person's and alive; one from a site makes it a disclosure of what was given on a site; they are of this case or from
-- our sites, and not restricted. The rows are locked, so that an objection waits or is seen.
create function disclosure.guard_records() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  alive integer;
  from_site boolean;
  free boolean;
begin
  perform 1 from subjects.record r
  where r.subject_id = new.subject_id and r.record_id = any(new.record_ids) order by r.record_id for share;
  select count(*), bool_or(r.source = 'website'),
    bool_and(r.restricted_at is null and (r.relationship_id = new.relationship_id or r.source = 'website'))
  into alive, from_site, free
  from subjects.record r
  where r.subject_id = new.subject_id and r.record_id = any(new.record_ids) and r.erased_at is null;
  if alive is distinct from (select count(distinct id) from unnest(new.record_ids) as named (id)) then
    raise exception 'records that are not there' using errcode = '23514', constraint = 'disclosure_records_fit';
  end if;
  if from_site and not new.has_website_values then
    raise exception 'something from a site' using errcode = '23514', constraint = 'disclosure_website_consent';
  end if;
  if not free then
    raise exception 'not free to leave' using errcode = '23514', constraint = 'disclosure_records_free';
  end if;
  return new;
end
$$;
revoke all on function disclosure.guard_records() from public;
create trigger guard_records before insert on disclosure.disclosure
  for each row execute function disclosure.guard_records();

-- S22: telling has a day and cannot be put off: a disclosure on its own day, all else within a month; and only what is
-- held under a law is hidden from the person.
alter table notices.notice
  add constraint notice_in_time check (
    due_on <= (created_at at time zone 'Europe/Copenhagen')::date + case when kind = 'disclosure' then 0 else 31 end
  ),
  add constraint notice_made_now check (created_at <= now()),
  add constraint notice_seen_unless_held check (state = 'held' or (visible_from is not null and visible_from <= now()));

-- Art. 12(3): the month runs from a day that has come.
alter table requests.request
  add constraint request_received check (received_on <= (now() at time zone 'Europe/Copenhagen')::date);

-- S19: a hold begins when it is placed, so that its twelve months are the next twelve.
alter table work.hold
  add constraint hold_from_now check (placed_on <= (now() at time zone 'Europe/Copenhagen')::date);

-- S19: a voucher is no way to keep something for ever: no law known here asks for more than ten years.
alter table work.voucher
  add constraint voucher_ends check (floor_until <= (financial_year_ends_on + interval '10 years')::date);

-- S25, Art. 18(3): a restriction stands while an objection to the record does: until it is decided, for good where it
-- was upheld, and until the person was told where it was not.
create function requests.guard_release() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select 1 from requests.objected o
    join requests.request r on r.subject_id = o.subject_id and r.request_id = o.request_id
    left join notices.notice n on n.subject_id = r.subject_id and n.notice_id = r.notice_id
    where o.subject_id = new.subject_id and o.record_id = new.record_id and r.kind = 'objection'
      and not (
        r.answered_at is not null and coalesce(o.outcome in ('toRelease', 'released'), false) and n.sent_at is not null
      )
  ) then
    raise exception 'an objection stands' using errcode = '23514', constraint = 'restriction_stands';
  end if;
  return new;
end
$$;
revoke all on function requests.guard_release() from public;
create trigger guard_release before update of restricted_at on subjects.record
  for each row when (old.restricted_at is not null and new.restricted_at is null and new.erased_at is null)
  execute function requests.guard_release();
