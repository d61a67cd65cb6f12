-- What the workflows tell (approvals, votes, deliveries: a projection) and what Postgres itself owns (grants, idempotency rows).

create table approvals (
  id text primary key,
  version int not null,                    -- the workflow's count of events; a write must be the next
  status text not null check (status in ('pending', 'approved', 'denied', 'expired', 'cancelled')),
  reason_code text,
  agent_id text not null,
  action text not null,
  risk text not null,
  digest text not null,
  requester text,
  on_behalf_of text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  comment text,
  open_levels text[] not null default '{}',
  open_selectors text[] not null default '{}',  -- of the open levels' paths: who may be waited for
  snapshot json not null,                  -- domain/approval Snapshot; json keeps the text as it was
  state json not null,                     -- domain/approval ApprovalState
  policy_version int generated always as ((snapshot -> 'policy' ->> 'version')::int) stored
);
create index approvals_newest on approvals (created_at desc, id desc);
create index approvals_by_status on approvals (status, created_at desc, id desc);
create index approvals_by_agent on approvals (agent_id, created_at desc, id desc);
create index approvals_by_action on approvals (action, created_at desc, id desc);
create index approvals_pending_selectors on approvals using gin (open_selectors) where status = 'pending';
create index approvals_decided on approvals (decided_at) where status <> 'pending';

create table votes (
  id text primary key,
  approval_id text not null references approvals,
  level text not null,
  voter text not null,
  seat_of text,
  decision text not null check (decision in ('approve', 'deny', 'pass')),
  comment text,
  channel text not null,
  assurance text not null,
  ip text,
  at timestamptz not null,
  superseded_by text
);
create index votes_by_approval on votes (approval_id, at);
create index votes_by_voter on votes (voter, at desc);

-- The accepted events, by id: recording one again changes nothing, recording another under its id is an alarm.
create table approval_events (
  id text primary key,                     -- evt_…
  approval_id text not null references approvals,
  version int not null,
  sha256 bytea not null,                   -- of what was recorded
  result json not null,                    -- what the first recording answered
  unique (approval_id, version)
);

create table deliveries (
  id text primary key,                     -- dlv_…
  approval_id text references approvals,
  kind text not null,                      -- request, reminder, escalation, outcome, alert; or a webhook's type
  level text,
  person text,
  channel text not null,                   -- email, sms, slack, slack:#place, webhook
  webhook_id text references webhooks on delete cascade,
  body json,                               -- of a webhook: the exact body that is signed
  status text not null default 'queued' check (status in ('queued', 'sent', 'failed')),
  attempts int not null default 0,
  error text,
  provider_ref text,                       -- Message-ID, Slack ts, Twilio SID
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index deliveries_by_approval on deliveries (approval_id, created_at);
create index deliveries_by_webhook on deliveries (webhook_id, created_at desc, id desc) where webhook_id is not null;

-- The single-use permission that an approved request yields. Never rebuilt from anything.
create table grants (
  approval_id text primary key,
  digest text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  use_id text,
  revoked_at timestamptz,
  revoked_by text,
  revoke_reason text
);

create table idempotency (
  scope text not null,                     -- agent id, or person and route
  key text not null,
  request_hash bytea not null,
  approval_id text,
  policy_version int,
  answer json,                             -- last: a row without an answer is finished by the retry
  claimed_at timestamptz not null default now(),  -- whoever works on it; an old claim without an answer is a crash
  created_at timestamptz not null default now(),
  primary key (scope, key)
);
create index idempotency_by_age on idempotency (created_at);
