-- Where data came from, what the person must be told, and what the person said yes or no to.
create schema intake;
create schema notices;
create schema consents;

create table intake.import (
  import_id uuid primary key,
  client_id uuid not null references work.party,
  item_id uuid not null references work.item,
  file_sha256 bytea not null check (octet_length(file_sha256) = 32),
  reading_sha256 bytea not null check (octet_length(reading_sha256) = 32),
  policy_version integer not null references policy.version,
  received_at timestamptz not null default now(),
  finished_at timestamptz,
  lines_total integer,
  unique (client_id, file_sha256, reading_sha256)
);
create unique index import_one_running on intake.import (client_id) where finished_at is null;

-- One row a committed batch: where to go on after a kill, and the sums that must reconcile.
create table intake.batch (
  import_id uuid not null references intake.import,
  ordinal integer not null,
  rows_first integer not null,
  rows_last integer not null,
  created integer not null,
  changed integer not null,
  closed integer not null,
  unchanged integer not null,
  reviewed integer not null,
  rejected integer not null,
  committed_at timestamptz not null default now(),
  primary key (import_id, ordinal),
  constraint batch_reconciles check (
    rows_last - rows_first + 1 = created + changed + closed + unchanged + reviewed + rejected
  )
);

-- What was wrong with a line: column and code, never a value.
create table intake.reject (
  import_id uuid not null references intake.import,
  line integer not null,
  ordinal integer not null default 0,
  column_name text not null,
  code text not null,
  clause text not null,
  primary key (import_id, line, ordinal)
);

-- A row we do not dare to match: sealed under a provisional subject, which every access reply searches too.
create table intake.review (
  subject_id uuid not null references subjects.subject,
  review_id uuid not null,
  import_id uuid not null references intake.import,
  client_id uuid not null references work.party,
  reference_digest bytea not null check (octet_length(reference_digest) = 16),
  content_digest bytea not null check (octet_length(content_digest) = 16),
  line integer not null,
  reason text not null,
  queued_on date not null,
  review_on date not null,
  settled_on date,
  outcome text check (outcome in ('same', 'new', 'refused')),
  primary key (subject_id, review_id),
  constraint review_settled check ((settled_on is null) = (outcome is null)),
  constraint review_in_time check (review_on <= queued_on + 31)
);
create unique index review_open_of_reference on intake.review (client_id, reference_digest) where settled_on is null;

create table notices.notice (
  subject_id uuid not null references subjects.subject,
  notice_id uuid not null,
  kind text not null check (kind in ('collection', 'disclosure', 'decision')),
  relationship_id uuid,
  due_on date not null,
  state text not null check (state in ('queued', 'sent', 'delivered', 'returned', 'escalated', 'held')),
  channel text check (channel in ('email', 'letter')),
  language text not null default 'da' check (language in ('da', 'en')),
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  attempts smallint not null default 0 check (attempts between 0 and 20),
  try_after timestamptz,
  failure text,
  held_ground text,
  held_by text,
  held_review_on date,
  -- What a person may see of it: a held notice does not betray itself.
  visible_from timestamptz default now(),
  primary key (subject_id, notice_id),
  unique (subject_id, notice_id, kind),
  constraint notice_held_reviewed check (
    (state = 'held') = (held_ground is not null and held_by is not null and held_review_on is not null)
  ),
  constraint notice_sent check (state not in ('sent', 'delivered') or (sent_at is not null and channel is not null))
);
create index notice_to_send on notices.notice (due_on, subject_id, notice_id) where state in ('queued', 'returned');
create index notice_by_state on notices.notice (kind, state, due_on);

create table consents.consent (
  subject_id uuid not null references subjects.subject,
  consent_id uuid not null,
  purpose text not null references policy.purpose,
  -- '' means: not bound to a channel or a recipient.
  channel text not null default '',
  recipient_id uuid references work.party,
  text_sha256 bytea not null check (octet_length(text_sha256) = 32),
  text_version text not null,
  language text not null check (language in ('da', 'en')),
  policy_version integer not null references policy.version,
  given_at timestamptz not null,
  primary key (subject_id, consent_id)
);

-- Append only: what holds is the newest event.
create table consents.event (
  subject_id uuid not null,
  consent_id uuid not null,
  ordinal smallint not null,
  state text not null check (state in ('given', 'refused', 'withdrawn', 'expired')),
  happened_at timestamptz not null default now(),
  primary key (subject_id, consent_id, ordinal),
  foreign key (subject_id, consent_id) references consents.consent
);

grant usage on schema intake to :role_api, :role_import, :role_worker;
grant select, insert on intake.import, intake.batch, intake.reject, intake.review to :role_import;
grant update (finished_at, lines_total) on intake.import to :role_import;
grant update (content_digest, line, import_id, settled_on, outcome) on intake.review to :role_import;
grant select on intake.import, intake.batch, intake.reject, intake.review to :role_api, :role_worker;
grant insert on intake.import to :role_api;
grant update (settled_on, outcome) on intake.review to :role_api, :role_worker;

grant usage on schema notices to :role_api, :role_import, :role_worker;
grant select, insert on notices.notice to :role_api, :role_import, :role_worker;
grant update (state, channel, sent_at, attempts, try_after, failure) on notices.notice to :role_worker;
grant update (state, due_on, channel, sent_at, attempts, try_after, failure, held_ground, held_by, held_review_on, visible_from) on notices.notice to :role_api;

grant usage on schema consents to :role_api, :role_import, :role_worker;
grant select, insert on consents.consent, consents.event to :role_api;
grant select on consents.consent, consents.event to :role_import, :role_worker;
