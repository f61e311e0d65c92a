-- Returns: name, type, config text, enabled, paused boolean, most running or 0, attempts integer
select t.name, t.type, t.config::text, t.enabled, t.paused, coalesce(t.max_running, 0), t.max_attempts
  from public.messenger_transports t
 order by t.name
