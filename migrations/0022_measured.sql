-- The figures of the board are measured by the worker into one row, and the public page reads that row: a page that
-- walks every record for each visitor is too slow for a large company, and too easy to stop.
create table promises.measured (
  is_only boolean primary key default true check (is_only),
  measured_at timestamptz not null default now() check (measured_at <= now()),
  figures jsonb not null,
  refused jsonb not null,
  rejected jsonb not null
);
comment on table promises.measured is 'One row: the counts and dates of the promise board, and when they were read.';

-- Measures in one snapshot. Whoever calls it says nothing of what it finds, so nobody writes a figure by hand; a
-- measuring that began earlier does not replace a later one.
create function promises.measure() returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into promises.measured as kept (measured_at, figures, refused, rejected)
  select now(),
    (
      select jsonb_agg(to_jsonb(f)) from (
        select figure, whole, day from promises.figures()
        -- Art. 12(3): from the day it reached us to the day it was answered, in Denmark.
        union all
        select 'requests.medianDays',
          percentile_disc(0.5) within group (order by
            (r.answered_at at time zone 'Europe/Copenhagen')::date - r.received_on), null
        from requests.request r where r.kind = 'access' and r.answered_at is not null
      ) f
    ),
    (select coalesce(jsonb_object_agg(clause, refused), '{}') from promises.refusals()),
    (select coalesce(jsonb_object_agg(clause, refused), '{}') from promises.rejects())
  on conflict (is_only) do update
    set measured_at = excluded.measured_at, figures = excluded.figures, refused = excluded.refused,
      rejected = excluded.rejected
    where kept.measured_at <= excluded.measured_at
$$;
revoke all on function promises.measure() from public;

-- Faults found in rows are counted by clause without reading them, as refusals are already.
create index reject_by_clause on intake.reject (clause) where clause <> '';

revoke execute on function promises.figures(), promises.refusals(), promises.rejects() from :role_public;
grant usage on schema promises to :role_worker;
grant execute on function promises.measure() to :role_worker;
grant select on promises.measured to :role_public;
