-- Consents that prove themselves, and requests whose decision says what became of each record.

-- Art. 7(1): we must be able to show what the person said yes to. The exact text lies sealed with the person's
-- key together with everything that decides whether it is live, so a row written by hand proves nothing.
alter table consents.consent
  add column sealed_text bytea not null,
  add column valid_until date,
  alter column given_at set default now();

-- A yes or a no comes first; what follows can only end it. A withdrawn consent never lives again.
alter table consents.event
  add constraint event_ends_only check (
    ordinal >= 0 and (ordinal = 0) = (state in ('given', 'refused'))
  );

-- Whoever writes does not say when: the database's clock does.
revoke insert on consents.consent, consents.event from :role_api;
grant insert (subject_id, consent_id, purpose, channel, recipient_id, text_sha256, text_version, language,
  policy_version, sealed_text, valid_until) on consents.consent to :role_api;
grant insert (subject_id, consent_id, ordinal, state) on consents.event to :role_api, :role_worker;

-- A notice that stood on the page, and an answer that was handed over, went by neither mail nor letter.
alter table notices.notice
  drop constraint notice_channel_check,
  add constraint notice_channel_check check (channel in ('email', 'letter', 'site', 'hand')),
  drop constraint notice_returned_channels_check,
  add constraint notice_returned_channels_check check (returned_channels <@ array['email', 'letter', 'site', 'hand']);

-- The answer a request is owed, with its day; a restriction is lifted only after it has gone (Art. 18(3)).
alter table requests.request
  add column notice_id uuid not null,
  add constraint request_notice_fkey foreign key (subject_id, notice_id) references notices.notice
    deferrable initially deferred,
  add constraint request_reasoned check ((answered_at is null) = (reason is null));

-- What became of each record that an objection or a wish to have it erased is about.
alter table requests.objected
  add column outcome text check (outcome in ('erased', 'stopped', 'toRelease', 'released', 'kept'));
grant update (outcome) on requests.objected to :role_api;
