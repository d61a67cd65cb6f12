-- All rights of the application's role. Every `agentwarden migrate` revokes and grants them again, in one transaction.
-- None of them lets the application change or delete audit entries.

revoke all on all tables in schema public from :app_role;
grant usage on schema public to :app_role;

grant select on migrations, config_version to :app_role;

grant select, insert, update on users, agents, keys to :app_role;
grant select, insert, update, delete on identities, user_roles, permissions, webhooks, login_links, sessions to :app_role;
grant select, insert on policy_versions to :app_role;

grant select, insert, update on approvals, votes, deliveries, grants to :app_role;
grant select, insert on approval_events to :app_role;
grant select, insert, update, delete on idempotency to :app_role;

grant select, insert on audit, audit_texts to :app_role;
grant select, update on audit_head to :app_role;
