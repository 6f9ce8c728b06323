-- The vault. One record, one key, one message; the row that holds the key is the row that dies with it.
-- Its relationship is the person's own (foreign key), so a key to the person besides would only cost every import.
create table subjects.record (
  subject_id uuid not null,
  record_id uuid not null,
  relationship_id uuid not null,
  category text not null,
  is_accounting boolean not null default false,
  source text not null check (source in ('website', 'client', 'person', 'authority', 'internal')),
  host text not null default '',
  purpose text not null constraint record_purpose_fkey references policy.purpose,
  -- Bound to the text by its associated data; which version that was can be read in policy.version.
  policy_version integer not null check (policy_version > 0),
  collected_at timestamptz not null,
  collected_on date not null generated always as ((collected_at at time zone 'Europe/Copenhagen')::date) stored,
  erase_by date,
  notice_id uuid,
  consent_id uuid,
  import_id uuid references intake.import,
  voucher_id uuid,
  supersedes uuid,
  restricted_at timestamptz,
  key_generation integer not null check (key_generation > 0),
  wrapped_key bytea check (octet_length(wrapped_key) = 40),
  ciphertext bytea check (octet_length(ciphertext) >= 92 and (octet_length(ciphertext) - 28) % 64 = 0),
  erased_at timestamptz,
  erase_reason text,
  primary key (subject_id, record_id),
  foreign key (subject_id, relationship_id) references work.relationship,
  constraint record_category_fkey foreign key (category, is_accounting) references policy.category (code, is_accounting),
  constraint record_notice_fkey foreign key (subject_id, notice_id) references notices.notice deferrable initially deferred,
  constraint record_consent_fkey foreign key (subject_id, consent_id) references consents.consent deferrable initially deferred,
  constraint record_voucher_fkey foreign key (subject_id, voucher_id) references work.voucher,
  -- S11: nothing is kept about anyone without their knowledge or consent.
  constraint record_known_or_consented check (notice_id is not null or consent_id is not null),
  -- S16: what was given on our sites goes after five years at the latest.
  constraint record_website_five_years check (
    source <> 'website' or is_accounting or (erase_by is not null and erase_by <= (collected_on + interval '5 years')::date)
  ),
  constraint record_website_host check ((source = 'website') = (host <> '')),
  -- S20: what came from a client says from which delivery.
  constraint record_client_has_source check (source <> 'client' or import_id is not null),
  -- S23: an accounting record belongs to a voucher, and nothing else may use its exemption.
  constraint record_accounting_has_voucher check (is_accounting = (voucher_id is not null)),
  constraint record_alive_or_erased check (
    (erased_at is null) = (wrapped_key is not null) and (erased_at is null) = (ciphertext is not null)
    and (erased_at is null) = (erase_reason is null)
  )
);
create index record_of_relationship on subjects.record (subject_id, relationship_id) where erased_at is null;
create index record_due on subjects.record (erase_by) where erased_at is null and erase_by is not null;

-- Keyed digests by which a person can be found; they go with their record.
create table subjects.lookup (
  subject_id uuid not null,
  record_id uuid not null,
  field text not null,
  digest bytea not null check (octet_length(digest) = 16),
  primary key (subject_id, record_id, field),
  foreign key (subject_id, record_id) references subjects.record
);
create index lookup_by_digest on subjects.lookup (field, digest);

-- What a ledger leaf about this person says, sealed with the person's key.
create table subjects.opening (
  subject_id uuid not null references subjects.subject,
  entry_id uuid not null,
  recorded_at timestamptz not null,
  -- Null: not yet (a held disclosure); the person's own view shows what has come.
  visible_from timestamptz default now(),
  sealed bytea not null,
  primary key (subject_id, entry_id)
);

-- The one narrow door out. It asks the database's own clock, never the caller's.
create function subjects.erase(person uuid, records uuid[], reason text)
returns integer
language plpgsql security definer set search_path = pg_catalog, subjects, work, pg_temp
as $$
declare
  today constant date := (now() at time zone 'Europe/Copenhagen')::date;
  erased integer;
begin
  if reason is null or reason !~ '^[a-zA-Z0-9._]{1,64}$' then
    raise exception 'a reason code is needed' using errcode = '22023';
  end if;
  perform 1 from subjects.record r where r.subject_id = person and r.record_id = any(records) for update;
  if exists (
    select 1 from subjects.record r join work.voucher v on v.subject_id = r.subject_id and v.voucher_id = r.voucher_id
    where r.subject_id = person and r.record_id = any(records) and r.erased_at is null and v.floor_until >= today
  ) then
    raise exception 'kept until its floor' using errcode = 'IN023';
  end if;
  if exists (
    select 1 from subjects.record r join work.hold h on h.subject_id = r.subject_id and h.relationship_id = r.relationship_id
    where r.subject_id = person and r.record_id = any(records) and r.erased_at is null
      -- S16 has no exception: a hold keeps nothing that was given on our sites past its day.
      and not (r.source = 'website' and r.erase_by <= today)
      and h.lifted_on is null and h.review_on >= today
  ) then
    raise exception 'on hold' using errcode = 'IN019';
  end if;
  delete from subjects.lookup l where l.subject_id = person and l.record_id = any(records);
  update subjects.record r
  set wrapped_key = null, ciphertext = null, erased_at = now(), erase_reason = reason
  where r.subject_id = person and r.record_id = any(records) and r.erased_at is null;
  get diagnostics erased = row_count;
  return erased;
end
$$;
revoke all on function subjects.erase(uuid, uuid[], text) from public;

-- The last step: nothing is left that needs the person's own key, so the openings become noise.
create function subjects.forget(person uuid)
returns boolean
language plpgsql security definer set search_path = pg_catalog, subjects, work, notices, pg_temp
as $$
begin
  perform 1 from subjects.subject s where s.subject_id = person for update;
  if exists (select 1 from subjects.record r where r.subject_id = person and r.erased_at is null)
    or exists (select 1 from work.relationship r where r.subject_id = person and r.closed_on is null)
    or exists (select 1 from work.item i where i.subject_id = person and i.closed_at is null)
    or exists (select 1 from notices.notice n where n.subject_id = person and n.state in ('queued', 'returned', 'escalated', 'held'))
  then
    return false;
  end if;
  update work.relationship r set content_digest = null where r.subject_id = person;
  update subjects.subject s set wrapped_key = null, erased_at = now() where s.subject_id = person and s.erased_at is null;
  return found;
end
$$;
revoke all on function subjects.forget(uuid) from public;

grant select, insert on subjects.subject, subjects.record, subjects.lookup, subjects.opening to :role_api, :role_import;
grant select on subjects.subject, subjects.record, subjects.lookup, subjects.opening to :role_worker;
grant insert on subjects.opening to :role_worker;
grant insert on subjects.subject, subjects.record, subjects.lookup to :role_worker;
grant update (restricted_at) on subjects.record to :role_api;
grant update (erase_by) on subjects.record to :role_api, :role_import, :role_worker;
grant execute on function subjects.erase(uuid, uuid[], text) to :role_api, :role_worker;
grant execute on function subjects.forget(uuid) to :role_api, :role_worker;
