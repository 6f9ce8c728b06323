-- Adopted policies. A version is added, never changed; the closed lists grow and never shrink.
create schema policy;

create table policy.version (
  version integer primary key check (version > 0),
  policy_id text not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  document text not null,
  adopted_at timestamptz not null default now(),
  adopted_by text not null
);

create table policy.category (
  code text primary key,
  is_accounting boolean not null,
  population text not null,
  first_version integer not null references policy.version,
  unique (code, is_accounting)
);

create table policy.purpose (
  code text primary key,
  first_version integer not null references policy.version
);

-- What was refused, by rule and clause. Nothing here says whom it was about.
create table policy.refusal (
  refusal_id uuid primary key default gen_random_uuid(),
  refused_at timestamptz not null default now(),
  rule text not null,
  clause text not null,
  actor_role text not null
);
create index refusal_by_clause on policy.refusal (clause, refused_at);

grant usage on schema policy to :role_api, :role_worker, :role_import, :role_integrator, :role_public;
grant select on policy.version, policy.category, policy.purpose to :role_api, :role_worker, :role_import, :role_public;
grant insert on policy.version, policy.category, policy.purpose to :role_api;
grant select, insert on policy.refusal to :role_api, :role_worker, :role_import;
