-- Why we deal with a person: relationships, and the work from which the purpose of every act follows.
create schema subjects;
create schema work;

create table subjects.subject (
  subject_id uuid primary key,
  created_at timestamptz not null default now(),
  key_generation integer not null check (key_generation > 0),
  -- Wrapped by the key provider. Destroyed last: it seals the person's openings of the ledger.
  wrapped_key bytea check (octet_length(wrapped_key) = 40),
  erased_at timestamptz,
  constraint subject_alive_or_erased check ((wrapped_key is null) = (erased_at is not null))
);

-- Companies and authorities we deal with: clients (creditors), law firms, authorities.
create table work.party (
  party_id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('client', 'lawyer', 'authority')),
  name text not null check (length(name) between 1 and 200),
  name_key text not null unique,
  cvr text check (cvr ~ '^[0-9]{8}$'),
  age_recipient text check (age_recipient ~ '^age1[0-9a-z]+$'),
  registered_at timestamptz not null default now()
);

create table work.relationship (
  subject_id uuid not null references subjects.subject,
  relationship_id uuid not null,
  kind text not null check (kind in ('debtCase', 'webAccount', 'clientContact', 'employment', 'application')),
  client_id uuid references work.party,
  -- Keyed digest of the client's own case reference; the reference itself lies encrypted in a record.
  reference_digest bytea check (octet_length(reference_digest) = 16),
  -- Keyed digest of the last row received, so that an unchanged row changes nothing.
  content_digest bytea check (octet_length(content_digest) = 16),
  opened_on date not null,
  limitation_on date,
  disputed_on date,
  closed_on date,
  close_reason text check (close_reason in ('paid', 'recalled', 'assigned', 'timeBarred', 'notOwed', 'ended')),
  review_on date not null,
  primary key (subject_id, relationship_id),
  unique (subject_id, relationship_id, client_id),
  constraint debt_case_has_client check (kind <> 'debtCase' or (client_id is not null and reference_digest is not null)),
  constraint closed_has_reason check ((closed_on is null) = (close_reason is null)),
  constraint relationship_reviewed check (review_on <= opened_on + 3660)
);
create unique index relationship_by_reference on work.relationship (client_id, reference_digest) where kind = 'debtCase';
create index relationship_by_id on work.relationship (relationship_id);
create index relationship_to_close on work.relationship (limitation_on) where closed_on is null;

create table work.lawyer (
  subject_id uuid not null,
  relationship_id uuid not null,
  lawyer_id uuid not null references work.party,
  assigned_on date not null,
  ended_on date check (ended_on >= assigned_on),
  primary key (subject_id, relationship_id, lawyer_id),
  foreign key (subject_id, relationship_id) references work.relationship
);

-- A recorded demand of an authority: its reference is sealed with the person's key.
create table work.demand (
  subject_id uuid not null references subjects.subject,
  demand_id uuid not null,
  relationship_id uuid not null,
  authority_id uuid not null references work.party,
  sealed_reference bytea not null,
  legal_basis text not null check (length(legal_basis) between 1 and 200),
  fields text[] not null check (cardinality(fields) between 1 and 64),
  demanded_on date not null,
  valid_until date not null,
  registered_at timestamptz not null default now(),
  primary key (subject_id, demand_id),
  foreign key (subject_id, relationship_id) references work.relationship,
  constraint demand_dates check (valid_until >= demanded_on and valid_until <= demanded_on + 366)
);

-- A voucher: the only thing that lets an accounting record exist, and what keeps it to its floor.
create table work.voucher (
  subject_id uuid not null references subjects.subject,
  voucher_id uuid not null,
  relationship_id uuid not null,
  booked_on date not null,
  financial_year_ends_on date not null,
  floor_until date not null,
  registered_at timestamptz not null default now(),
  primary key (subject_id, voucher_id),
  foreign key (subject_id, relationship_id) references work.relationship,
  -- Bookkeeping Act 2022: five years from the end of the financial year; a year lasts 18 months at most.
  constraint voucher_floor check (floor_until >= (financial_year_ends_on + interval '5 years')::date),
  constraint voucher_year check (financial_year_ends_on >= booked_on and financial_year_ends_on <= (booked_on + interval '18 months')::date)
);

-- Work other than an open case: a disclosure being made, a request being answered, a job, a review.
create table work.item (
  item_id uuid primary key,
  kind text not null check (kind in ('disclosure', 'request', 'job', 'review')),
  subject_id uuid references subjects.subject,
  relationship_id uuid,
  opened_by text not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  constraint item_names_person check (kind = 'job' or subject_id is not null),
  foreign key (subject_id, relationship_id) references work.relationship
);
create index item_open_of_subject on work.item (subject_id) where closed_at is null;

-- A lawful reason not to erase yet. Without an end of its own it would be for ever, so it has a date.
create table work.hold (
  subject_id uuid not null references subjects.subject,
  hold_id uuid not null,
  relationship_id uuid not null,
  reason text not null check (reason in ('dispute', 'claim', 'authority')),
  owner_id text not null,
  placed_on date not null,
  review_on date not null,
  lifted_on date,
  primary key (subject_id, hold_id),
  foreign key (subject_id, relationship_id) references work.relationship,
  constraint hold_reviewed check (review_on > placed_on and review_on <= placed_on + 366)
);

grant usage on schema work, subjects to :role_api, :role_worker, :role_import;
grant select, insert on work.party, work.relationship, work.lawyer, work.demand, work.voucher, work.item, work.hold to :role_api;
grant update (age_recipient) on work.party to :role_api;
grant update (limitation_on, disputed_on, closed_on, close_reason, review_on, content_digest) on work.relationship to :role_api, :role_import;
grant update (limitation_on, closed_on, close_reason) on work.relationship to :role_worker;
grant update (ended_on) on work.lawyer to :role_api;
grant update (closed_at) on work.item to :role_api, :role_worker, :role_import;
grant update (review_on, lifted_on) on work.hold to :role_api;
grant select on work.party, work.relationship, work.lawyer, work.demand, work.voucher, work.item, work.hold to :role_worker, :role_import;
grant insert on work.relationship, work.item to :role_import, :role_worker;
grant insert on work.hold to :role_import;
