-- What left the house and to whom, what people asked of us, and who holds a key to the API.
create schema disclosure;
create schema requests;
create schema identity;

create table disclosure.disclosure (
  subject_id uuid not null references subjects.subject,
  disclosure_id uuid not null,
  relationship_id uuid not null,
  item_id uuid not null references work.item,
  recipient_kind text not null check (recipient_kind in ('creditor', 'lawyer', 'authority')),
  recipient_id uuid not null references work.party,
  creditor_id uuid,
  lawyer_id uuid,
  demand_id uuid,
  has_website_values boolean not null,
  consent_id uuid,
  notice_id uuid not null,
  notice_kind text not null default 'disclosure' check (notice_kind = 'disclosure'),
  fields text[] not null check (cardinality(fields) > 0),
  content_sha256 bytea not null check (octet_length(content_sha256) = 32),
  disclosed_at timestamptz not null default now(),
  primary key (subject_id, disclosure_id),
  unique (subject_id, notice_id),
  -- S22: no disclosure without the notice to the person, in the same transaction.
  constraint disclosure_notice_fkey foreign key (subject_id, notice_id, notice_kind)
    references notices.notice (subject_id, notice_id, kind) deferrable initially deferred,
  -- S21: that debt's creditor, that case's lawyer, or an authority with a recorded demand; nobody else fits.
  constraint disclosure_one_ground check (
    (recipient_kind = 'creditor' and creditor_id = recipient_id and creditor_id is not null and lawyer_id is null and demand_id is null)
    or (recipient_kind = 'lawyer' and lawyer_id = recipient_id and lawyer_id is not null and creditor_id is null and demand_id is null)
    or (recipient_kind = 'authority' and demand_id is not null and creditor_id is null and lawyer_id is null)
  ),
  constraint disclosure_creditor_fkey foreign key (subject_id, relationship_id, creditor_id)
    references work.relationship (subject_id, relationship_id, client_id),
  constraint disclosure_lawyer_fkey foreign key (subject_id, relationship_id, lawyer_id) references work.lawyer,
  constraint disclosure_demand_fkey foreign key (subject_id, demand_id) references work.demand,
  -- S15: what was given on our sites goes nowhere without a consent.
  constraint disclosure_website_consent check (not has_website_values or consent_id is not null),
  constraint disclosure_consent_fkey foreign key (subject_id, consent_id) references consents.consent
);
create index disclosure_by_recipient on disclosure.disclosure (recipient_id, disclosed_at);

-- The package, encrypted to the recipient alone; the bytes go when it expires, the row stays as proof.
create table disclosure.package (
  subject_id uuid not null,
  disclosure_id uuid not null,
  package_sha256 bytea not null check (octet_length(package_sha256) = 32),
  bytes bytea,
  expires_at timestamptz not null,
  fetched_at timestamptz,
  primary key (subject_id, disclosure_id),
  foreign key (subject_id, disclosure_id) references disclosure.disclosure,
  constraint package_expires check (expires_at <= now() + interval '31 days')
);

create table requests.request (
  subject_id uuid not null references subjects.subject,
  request_id uuid not null,
  item_id uuid not null references work.item,
  kind text not null check (kind in ('access', 'objection', 'erasure')),
  channel text not null check (channel in ('api', 'letter', 'email', 'phone', 'inPerson')),
  received_on date not null,
  due_on date not null,
  answered_at timestamptz,
  outcome text check (outcome in ('given', 'upheld', 'refused', 'partly')),
  reason text,
  primary key (subject_id, request_id),
  -- Art. 12(3): one month from receipt; the un-rolled date.
  constraint request_month check (due_on <= (received_on + interval '1 month')::date),
  constraint request_answered check ((answered_at is null) = (outcome is null))
);
create index request_open on requests.request (due_on) where answered_at is null;

-- Which single records an objection is about.
create table requests.objected (
  subject_id uuid not null,
  request_id uuid not null,
  record_id uuid not null,
  primary key (subject_id, request_id, record_id),
  foreign key (subject_id, request_id) references requests.request,
  foreign key (subject_id, record_id) references subjects.record
);

create table identity.api_key (
  key_id uuid primary key,
  role text not null check (role in ('admin', 'officer', 'caseWorker', 'client', 'auditor')),
  party_id uuid references work.party,
  digest bytea not null unique check (octet_length(digest) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  constraint client_key_has_client check ((role = 'client') = (party_id is not null)),
  constraint key_expires check (expires_at <= created_at + interval '366 days')
);

grant usage on schema disclosure, requests, identity to :role_api, :role_worker;
grant usage on schema requests to :role_import;
grant select, insert on disclosure.disclosure, disclosure.package to :role_api;
grant update (fetched_at, bytes) on disclosure.package to :role_api;
grant select on disclosure.disclosure to :role_worker;
grant select (subject_id, disclosure_id, expires_at, fetched_at) on disclosure.package to :role_worker;
grant update (bytes) on disclosure.package to :role_worker;
grant select, insert on requests.request, requests.objected to :role_api;
grant update (answered_at, outcome, reason) on requests.request to :role_api;
grant select on requests.request, requests.objected to :role_worker, :role_import;
grant select, insert on identity.api_key to :role_api;
grant update (revoked_at) on identity.api_key to :role_api;
