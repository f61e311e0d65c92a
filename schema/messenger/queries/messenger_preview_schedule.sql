-- $1 schedule text, $2 at most integer. Returns: the next slots as ISO 8601 text
select to_jsonb(p.at) #>> '{}' from public.messenger_preview_schedule($1, $2::integer) p (at)
