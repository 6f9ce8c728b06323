-- Sending notices: who holds one in hand, where a letter lies, what a disclosure notice must say.
alter table notices.notice
  -- Set and committed before a mail leaves: after a kill it tells "perhaps gone" from "not yet tried".
  add column handed_at timestamptz,
  -- The folder of letters it was written to; it is not sent before that batch was printed.
  add column batch_id uuid,
  -- Channels from which it came back; they are not tried again.
  add column returned_channels text[] not null default '{}' check (returned_channels <@ array['email', 'letter']),
  add column recipient_id uuid references work.party,
  add column recipient_kind text check (recipient_kind in ('creditor', 'lawyer', 'authority')),
  add column demand_id uuid,
  add column fields text[] check (cardinality(fields) between 1 and 64),
  add column held_on date,
  add constraint notice_demand_fkey foreign key (subject_id, demand_id) references work.demand,
  -- S22: telling somebody means to whom and what, so an empty disclosure notice cannot be written.
  add constraint notice_says_what check (
    kind <> 'disclosure' or (recipient_id is not null and recipient_kind is not null and fields is not null)
  ),
  -- Databeskyttelsesloven section 22 and the like: named, and looked at again within twelve months.
  add constraint notice_held_ground check (
    held_ground in ('databeskyttelsesloven_22_1', 'databeskyttelsesloven_22_2', 'hvidvaskloven_38', 'court_order')
  ),
  add constraint notice_held_within_year check (
    state <> 'held' or (held_on is not null and held_review_on > held_on and held_review_on <= held_on + 366)
  ),
  add constraint notice_held_unseen check (state <> 'held' or visible_from is null);

create unique index notice_by_id on notices.notice (notice_id);
create index notice_in_batch on notices.notice (batch_id) where batch_id is not null;
create index notice_in_hand on notices.notice (handed_at) where handed_at is not null;
-- Art. 14: one notice for each new case.
create unique index notice_one_for_case on notices.notice (subject_id, relationship_id) where kind = 'collection';

grant update (handed_at, batch_id, returned_channels) on notices.notice to :role_worker, :role_api;
grant update (held_on) on notices.notice to :role_api;
