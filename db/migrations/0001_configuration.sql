-- Who there is and what is configured. Every change of a table that a check reads raises config_version.

create table users (
  id text primary key,
  name text not null,
  timezone text not null default 'UTC',
  channels text[] not null default '{email}',
  quiet_hours json,                        -- {from: "22:00", to: "07:00"} in the person's timezone
  away json,                               -- {until: RFC 3339, delegate: usr_…}
  active boolean not null default true,
  created_at timestamptz not null default now()
);

-- An address belongs to one person; several addresses may be one person's.
create table identities (
  kind text not null check (kind in ('email', 'phone', 'slack')),
  value text not null,                     -- e-mail in lower case, phone in E.164, Slack user id
  user_id text not null references users on delete cascade,
  position int not null,
  primary key (kind, value)
);
create index identities_by_user on identities (user_id, kind, position);

create table user_roles (
  user_id text not null references users on delete cascade,
  role text not null,
  granted_by text not null,                -- usr_… or 'system'; a role that a person gave to themself makes nobody eligible
  granted_at timestamptz not null default now(),
  primary key (user_id, role)
);
create index user_roles_by_role on user_roles (role, user_id);
create index users_by_delegate on users ((away ->> 'delegate')) where away is not null;

create table agents (
  id text primary key,
  name text not null,
  description text not null default '',
  owner text references users,             -- usr_…
  status text not null default 'active' check (status in ('active', 'inactive')),
  created_at timestamptz not null default now(),
  created_by text not null,
  deleted_at timestamptz                   -- the id stays taken for ever, the name becomes free
);
create unique index agents_by_name on agents (name) where deleted_at is null;

create table keys (
  id text primary key,
  name text not null default '',
  prefix text not null,
  hash text not null unique,               -- SHA-256 of the key, hex; the key itself is shown once and kept nowhere
  agents text[] not null default '{*}',    -- agent ids or patterns
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  created_by text not null
);

create table permissions (
  id text primary key,
  agent_id text not null references agents on delete cascade,
  action text not null,
  effect text not null check (effect in ('allow', 'deny', 'require_approval')),
  flow text,
  max_amount double precision,
  created_at timestamptz not null default now(),
  unique (agent_id, action)
);

create table policy_versions (
  version int primary key,
  document text not null,                  -- as it was published, YAML or JSON
  note text,
  published_at timestamptz not null default now(),
  published_by text not null
);

create table webhooks (
  id text primary key,
  url text not null,
  types text[] not null,
  agents text[] not null default '{*}',
  status text not null default 'active' check (status in ('active', 'disabled')),
  secret text not null,                    -- sealed with SECRET_KEYS
  old_secret text,                         -- also signs until old_valid_until
  old_valid_until timestamptz,
  created_at timestamptz not null default now(),
  created_by text not null
);

create table config_version (
  only_row boolean primary key default true check (only_row),
  version bigint not null
);
insert into config_version (version) values (1);

-- Runs as the owner: the application's role can raise the version only by changing what it counts. `pg_temp` last, or a
-- temporary table of the same name would be raised instead.
create function raise_config_version() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update config_version set version = version + 1;
  perform pg_notify('config', (select version::text from config_version));
  return null;
end $$;

create trigger agents_raise_config_version after insert or update or delete on agents for each statement execute function raise_config_version();
create trigger keys_raise_config_version after insert or update or delete on keys for each statement execute function raise_config_version();
create trigger permissions_raise_config_version after insert or update or delete on permissions for each statement execute function raise_config_version();
create trigger policy_raise_config_version after insert or update or delete on policy_versions for each statement execute function raise_config_version();

-- Signing in.
create table login_links (
  hash text primary key,                   -- SHA-256 of the token, hex
  user_id text not null references users on delete cascade,
  return_to text,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index login_links_by_user on login_links (user_id);

create table sessions (
  hash text primary key,                   -- SHA-256 of the cookie's value, hex
  user_id text not null references users on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_by_user on sessions (user_id);
