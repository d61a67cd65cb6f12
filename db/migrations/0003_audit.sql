-- A hash chain. The application's role may only append; nobody updates or deletes without first dropping a trigger.

create table audit (
  seq bigint primary key,
  id text not null unique,
  at timestamptz not null,
  type text not null,
  actor_id text,
  approval_id text,
  agent_id text,
  entry json not null,                     -- the hashed bytes themselves: canonical JSON without the erasable texts (docs/concepts/audit.md)
  prev text not null unique,               -- one successor each: a fork cannot be stored
  hash text not null unique
);
create index audit_by_approval on audit (approval_id, seq) where approval_id is not null;
create index audit_by_type on audit (type, seq);
create index audit_by_actor on audit (actor_id, seq) where actor_id is not null;
create index audit_by_time on audit (at);

create table audit_head (
  only_row boolean primary key default true check (only_row),
  seq bigint not null,
  hash text not null
);
insert into audit_head (seq, hash) values (0, repeat('0', 64));

-- The erasable texts of an entry (comment, IP, addresses, context), beside it, so that erasing one changes no hashed row.
create table audit_texts (
  seq bigint not null references audit,
  path text not null,                      -- dotted place in the entry: comment, ip, actor.email, data.context
  salt text not null,
  value json not null,                     -- canonical JSON
  primary key (seq, path)
);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only';
end $$;
create trigger audit_is_append_only before update or delete or truncate on audit for each statement execute function refuse_audit_change();
-- Deleting a row here is how an owner of the tables erases a text; changing one is never right.
create trigger audit_texts_never_change before update or truncate on audit_texts for each statement execute function refuse_audit_change();
