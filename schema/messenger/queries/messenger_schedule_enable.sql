-- $1 name, $2 boolean enabled. Returns whether there is one: name text
update public.messenger_schedules s set enabled = $2::boolean where s.name = $1 returning s.name
