-- The ledger: a leaf is put in `pending` by the act itself; one function gives it its place for ever.
create schema ledger;

create table ledger.pending (
  entry_id uuid primary key,
  leaf bytea not null check (octet_length(leaf) between 2 and 65535),
  appended_at timestamptz not null default clock_timestamp()
);
create index pending_in_order on ledger.pending (appended_at, entry_id);

create table ledger.entry (
  position bigint primary key check (position >= 0),
  entry_id uuid not null unique,
  leaf bytea not null check (octet_length(leaf) between 2 and 65535),
  appended_at timestamptz not null
);

create table ledger.checkpoint (
  size bigint primary key,
  root bytea not null check (octet_length(root) = 32),
  note text not null,
  signed_at timestamptz not null default now()
);

-- Moves up to `batch` waiting leaves, oldest first, to the end of the log. Nobody may do it by hand.
create function ledger.integrate(batch integer)
returns table (log_position bigint, log_leaf bytea)
language sql security definer set search_path = pg_catalog, ledger, pg_temp
as $$
  select pg_advisory_xact_lock(7231001);
  with next as (
    select coalesce(max(e.position) + 1, 0) as position from ledger.entry e
  ), taken as (
    delete from ledger.pending p
    where p.entry_id in (
      select q.entry_id from ledger.pending q order by q.appended_at, q.entry_id limit least(batch, 50000)
    )
    returning p.entry_id, p.leaf, p.appended_at
  ), placed as (
    insert into ledger.entry (position, entry_id, leaf, appended_at)
    select next.position + row_number() over (order by taken.appended_at, taken.entry_id) - 1,
           taken.entry_id, taken.leaf, taken.appended_at
    from taken, next
    returning position, leaf
  )
  select placed.position, placed.leaf from placed order by placed.position;
$$;
revoke all on function ledger.integrate(integer) from public;

grant usage on schema ledger to :role_api, :role_worker, :role_import, :role_integrator, :role_public;
grant insert on ledger.pending to :role_api, :role_worker, :role_import, :role_integrator;
grant select on ledger.pending to :role_api, :role_worker, :role_integrator;
grant select on ledger.entry, ledger.checkpoint to :role_api, :role_worker, :role_integrator;
grant select on ledger.checkpoint to :role_public;
grant insert on ledger.checkpoint to :role_integrator;
grant execute on function ledger.integrate(integer) to :role_integrator;
