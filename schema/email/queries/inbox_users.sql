-- Returns: inbox id text, user id text, of those that have one
select i.id::text, i.user_id from public.flux_inboxes i where i.user_id is not null
