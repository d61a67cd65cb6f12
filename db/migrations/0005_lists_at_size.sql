-- What lists and chores look for, worked out once: both would read every row that there ever was.

-- Every selector that a level of a frozen request names: paths, fallback, veto and escalations.
create function selectors_named(levels json) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct selector), '{}')
  from json_array_elements(levels) as level,
    lateral (
      select json_array_elements_text(path -> 'approvers') as selector from json_array_elements(level -> 'paths') as path
      union all select json_array_elements_text(level -> 'fallback')
      union all select json_array_elements_text(level -> 'veto')
      union all select json_array_elements_text(coalesce(step -> 'add', '[]')) from json_array_elements(level -> 'timing' -> 'escalate') as step
      union all select json_array_elements_text(coalesce(step -> 'replace', '[]')) from json_array_elements(level -> 'timing' -> 'escalate') as step
    ) as named
$$;

-- Generated, so that a process which does not know of it writes it too.
alter table approvals add column named_selectors text[] generated always as (selectors_named(snapshot -> 'levels')) stored;

-- Webhooks whose start got lost: looked for every few seconds, and hardly ever there.
create index deliveries_untried on deliveries (created_at) where webhook_id is not null and status = 'queued' and attempts = 0;
