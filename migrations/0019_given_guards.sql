-- What attacks with plain SQL found open about data given to us: rows that the program itself never writes.

-- S11: a consent is knowledge only while it is a yes. A record that stands on nothing else needs a living one.
create function subjects.guard_consent() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform 1 from consents.consent c where c.subject_id = new.subject_id and c.consent_id = new.consent_id for update;
  if found and (
    select e.state from consents.event e
    where e.subject_id = new.subject_id and e.consent_id = new.consent_id order by e.ordinal desc limit 1
  ) is distinct from 'given' then
    raise exception 'the consent has ended' using errcode = '23514', constraint = 'record_consent_live';
  end if;
  return new;
end
$$;
revoke all on function subjects.guard_consent() from public;
-- Whoever has a notice too pays nothing for it.
create trigger guard_consent before insert on subjects.record
  for each row when (new.notice_id is null and new.consent_id is not null) execute function subjects.guard_consent();

-- S16: the five years run from a day that has come; otherwise they could be made as long as one likes.
alter table subjects.record add constraint record_collected_by_now check (collected_at <= now());
