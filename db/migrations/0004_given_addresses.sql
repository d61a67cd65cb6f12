-- Who gave an address, and since when a person is active again: neither an address that one gave to oneself nor a token from before opens anything.

alter table identities add column given_by text;          -- usr_…, 'system', or null where nobody wrote it down; as user_roles.granted_by
alter table users add column active_since timestamptz;    -- null: was never inactive
