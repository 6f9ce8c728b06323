-- Import: what a newer delivery replaces goes at once, and a review that is settled can leave its place.

-- Erases client records for which the same case has a newer living client record. So the importing role can end
-- what it has just replaced and nothing else. What is restricted, on hold or kept by law stays; answers how many went.
create function subjects.supersede(persons uuid[], records uuid[])
returns integer
language plpgsql security definer set search_path = pg_catalog, subjects, work, pg_temp
as $$
declare
  today constant date := (now() at time zone 'Europe/Copenhagen')::date;
  person uuid[];
  old uuid[];
  erased integer;
begin
  select array_agg(t.subject_id), array_agg(t.record_id) into person, old from (
    select r.subject_id, r.record_id
    from unnest(persons, records) as wanted (subject_id, record_id)
    join subjects.record r on r.subject_id = wanted.subject_id and r.record_id = wanted.record_id
    where r.erased_at is null and r.source = 'client' and r.restricted_at is null and not r.is_accounting
      and exists (
        select 1 from subjects.record n
        where n.subject_id = r.subject_id and n.relationship_id = r.relationship_id and n.source = 'client'
          and n.erased_at is null and n.collected_at > r.collected_at
      )
      and not exists (
        select 1 from work.hold h
        where h.subject_id = r.subject_id and h.relationship_id = r.relationship_id
          and h.lifted_on is null and h.review_on >= today
      )
    for update of r
  ) t;
  delete from subjects.lookup l using unnest(person, old) as gone (subject_id, record_id)
  where l.subject_id = gone.subject_id and l.record_id = gone.record_id;
  update subjects.record r
  set wrapped_key = null, ciphertext = null, erased_at = now(), erase_reason = 'S19.superseded'
  from unnest(person, old) as gone (subject_id, record_id)
  where r.subject_id = gone.subject_id and r.record_id = gone.record_id;
  get diagnostics erased = row_count;
  return erased;
end
$$;
revoke all on function subjects.supersede(uuid[], uuid[]) from public;
grant execute on function subjects.supersede(uuid[], uuid[]) to :role_import, :role_api;

-- A provisional case gives its reference free when it turns out to be somebody's who is known.
grant update (reference_digest) on work.relationship to :role_api;

-- A row that was taken although something in it was not: told to the client, and no rejection.
alter table intake.reject add column is_remark boolean not null default false;
create index import_of_client on intake.import (client_id, received_at);
create index review_open on intake.review (review_on) where settled_on is null;
-- The provisional case of a row that waits.
alter table intake.review
  add column relationship_id uuid not null,
  add constraint review_case_fkey foreign key (subject_id, relationship_id) references work.relationship;
create unique index review_by_id on intake.review (review_id);
