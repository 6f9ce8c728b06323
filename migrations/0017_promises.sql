-- The figures of the promise board, read by the public page. The function belongs to the owner and gives back
-- counts and dates alone; the role of the public pages can read none of the tables behind it.
create schema promises;

create function promises.figures()
returns table (figure text, whole bigint, day date)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  with clock as (
    select (now() at time zone 'Europe/Copenhagen')::date as today
  ), record as materialized (
    select
      count(*) as held,
      count(*) filter (where r.notice_id is null and r.consent_id is null) as unknown_to_person,
      count(*) filter (where p.code is null) as without_purpose,
      count(*) filter (where c.code is null) as without_category,
      count(*) filter (where r.source = 'website') as website,
      min(r.collected_on) filter (where r.source = 'website' and not r.is_accounting) as website_oldest,
      count(*) filter (
        where r.source = 'website' and not r.is_accounting
          and (r.erase_by is null or clock.today > least(r.erase_by, (r.collected_on + interval '5 years')::date))
      ) as website_late,
      min((r.collected_on + interval '5 years')::date) filter (where r.source = 'website' and not r.is_accounting) as website_limit,
      count(*) filter (where r.source = 'client') as from_clients,
      count(*) filter (where r.source = 'client' and r.import_id is null) as without_delivery,
      count(*) filter (where r.is_accounting) as accounting,
      count(*) filter (where r.is_accounting and r.voucher_id is null) as without_voucher,
      count(*) filter (where r.restricted_at is not null) as restricted,
      count(*) filter (where l.closed_on is not null and r.erase_by is null and l.clocked_by is null) as without_clock,
      -- A reason is an open relationship looked at in time, a running floor, a live hold, an open request of the
      -- person, a day still to come, or a closing so new that its day is being worked out.
      count(*) filter (
        where not (l.closed_on is null and l.review_on >= clock.today)
          and not coalesce(v.floor_until >= clock.today, false)
          and not coalesce(l.closed_on is not null and r.erase_by >= clock.today, false)
          and not (l.closed_on is not null and r.erase_by is null and l.clocked_by is null)
          and not exists (select from requests.request q where q.subject_id = r.subject_id and q.answered_at is null)
          and not exists (
            select from work.hold h
            where h.subject_id = r.subject_id and h.relationship_id = r.relationship_id
              and h.lifted_on is null and h.review_on >= clock.today
          )
      ) as without_reason
    from subjects.record r
      cross join clock
      join work.relationship l on l.subject_id = r.subject_id and l.relationship_id = r.relationship_id
      left join work.voucher v on v.subject_id = r.subject_id and v.voucher_id = r.voucher_id
      left join policy.purpose p on p.code = r.purpose
      left join policy.category c on c.code = r.category
    where r.erased_at is null
  ), notice as materialized (
    select
      count(*) filter (where n.kind = 'collection' and n.state in ('queued', 'returned') and n.due_on >= clock.today) as waiting,
      count(*) filter (where n.kind = 'collection' and n.state in ('sent', 'delivered')) as sent,
      count(*) filter (where n.kind = 'collection' and n.state = 'escalated') as escalated,
      count(*) filter (where n.kind = 'collection' and n.state in ('queued', 'returned') and n.due_on < clock.today) as late,
      count(*) filter (where n.kind = 'disclosure' and n.state = 'held') as held,
      count(*) filter (where n.state = 'held' and n.held_review_on < clock.today) as held_late
    from notices.notice n cross join clock
  ), disclosure as materialized (
    select
      count(*) filter (where d.recipient_kind = 'creditor') as creditor,
      count(*) filter (where d.recipient_kind = 'lawyer') as lawyer,
      count(*) filter (where d.recipient_kind = 'authority') as authority,
      count(*) filter (where n.notice_id is null) as untold,
      count(*) filter (where d.has_website_values and d.consent_id is null) as without_consent
    from disclosure.disclosure d
      left join notices.notice n on n.subject_id = d.subject_id and n.notice_id = d.notice_id and n.kind = 'disclosure'
  ), request as materialized (
    select
      count(*) filter (where r.kind = 'access' and r.answered_at is not null) as answered,
      count(*) filter (where r.kind = 'access' and r.answered_at is null) as waiting,
      count(*) filter (where r.answered_at is null and r.due_on < clock.today) as overdue,
      count(*) filter (where r.kind = 'objection') as objections
    from requests.request r cross join clock
  ), voucher as materialized (
    select count(*) as booked, min(v.floor_until) filter (where v.floor_until >= clock.today) as next_floor
    from work.voucher v cross join clock
  ), erased as materialized (
    select
      count(*) as gone,
      count(*) filter (where (r.erased_at at time zone 'Europe/Copenhagen')::date <= v.floor_until) as too_early
    from subjects.record r
      left join work.voucher v on v.subject_id = r.subject_id and v.voucher_id = r.voucher_id
    where r.erased_at is not null
  ), unobjected as materialized (
    select count(*) as unrestricted
    from requests.objected o
      join requests.request q on q.subject_id = o.subject_id and q.request_id = o.request_id
      join subjects.record r on r.subject_id = o.subject_id and r.record_id = o.record_id
    where q.kind = 'objection' and q.answered_at is null and r.erased_at is null and r.restricted_at is null
  )
  select 'records.held', held, null::date from record
  union all select 'records.unknownToPerson', unknown_to_person, null from record
  union all select 'records.withoutPurpose', without_purpose, null from record
  union all select 'records.withoutCategory', without_category, null from record
  union all select 'records.withoutReason', without_reason, null from record
  union all select 'records.withoutClock', without_clock, null from record
  union all select 'records.fromClients', from_clients, null from record
  union all select 'records.withoutDelivery', without_delivery, null from record
  union all select 'records.accounting', accounting, null from record
  union all select 'records.withoutVoucher', without_voucher, null from record
  union all select 'records.restricted', restricted, null from record
  union all select 'records.erased', gone, null from erased
  union all select 'records.erasedTooEarly', too_early, null from erased
  union all select 'website.held', website, null from record
  union all select 'website.late', website_late, null from record
  union all select 'website.oldest', null, website_oldest from record
  union all select 'website.daysOld', (select today from clock) - website_oldest, null from record
  union all select 'website.daysMost', website_limit - website_oldest, null from record
  union all select 'notices.waiting', waiting, null from notice
  union all select 'notices.sent', sent, null from notice
  union all select 'notices.escalated', escalated, null from notice
  union all select 'notices.late', late, null from notice
  union all select 'notices.held', case when held >= 5 then held end, null from notice
  union all select 'notices.heldLate', held_late, null from notice
  union all select 'disclosures.creditor', creditor, null from disclosure
  union all select 'disclosures.lawyer', lawyer, null from disclosure
  -- Below five the very number would tell somebody that a secret disclosure was made.
  union all select 'disclosures.authority', case when authority >= 5 then authority end, null from disclosure
  union all select 'disclosures.untold', untold, null from disclosure
  union all select 'disclosures.withoutConsent', without_consent, null from disclosure
  union all select 'requests.answered', answered, null from request
  union all select 'requests.waiting', waiting, null from request
  union all select 'requests.overdue', overdue, null from request
  union all select 'requests.objections', objections, null from request
  union all select 'requests.unrestricted', unrestricted, null from unobjected
  union all select 'vouchers.booked', booked, null from voucher
  union all select 'vouchers.nextFloor', null, next_floor from voucher
  union all select 'categories', count(*), null from policy.category
$$;
revoke all on function promises.figures() from public;

-- How often each clause made the system say no, by whoever asked.
create function promises.refusals()
returns table (clause text, refused bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select f.clause, count(*) from policy.refusal f where f.clause <> '' group by f.clause
$$;
revoke all on function promises.refusals() from public;

-- How many faults the import found in rows, by the clause behind each.
create function promises.rejects()
returns table (clause text, refused bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select r.clause, count(*) from intake.reject r where r.clause <> '' group by r.clause
$$;
revoke all on function promises.rejects() from public;

grant usage on schema promises to :role_public;
grant execute on function promises.figures(), promises.refusals(), promises.rejects() to :role_public;

-- An answer that makes something is noted in the act's own transaction; its id when the act is done.
grant update (status, result_id) on platform.idempotency to :role_api;
grant delete on platform.idempotency to :role_worker;
grant select (created_at) on platform.idempotency to :role_worker;
