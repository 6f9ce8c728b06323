-- The deployment itself, and answers that may be asked for twice.
create table platform.deployment (
  deployment_id uuid primary key default gen_random_uuid(),
  one boolean not null default true unique check (one),
  created_at timestamptz not null default now()
);
insert into platform.deployment default values;

-- A repeated request with the same key gets the same answer; only the id of what was made is kept.
create table platform.idempotency (
  actor_id text not null,
  route text not null,
  key_digest bytea not null check (octet_length(key_digest) = 16),
  body_digest bytea not null check (octet_length(body_digest) = 32),
  status smallint not null,
  result_id uuid,
  created_at timestamptz not null default now(),
  primary key (actor_id, route, key_digest)
);

grant usage on schema platform to :role_api, :role_worker, :role_import, :role_integrator, :role_public;
grant select on platform.deployment, platform.migration to :role_api, :role_worker, :role_import, :role_integrator, :role_public;
grant select, insert on platform.idempotency to :role_api;
