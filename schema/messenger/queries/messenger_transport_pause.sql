-- $1 name, $2 boolean paused; makes the row when the transport has the defaults. Nothing, and no row, for a transport
-- that nobody has used, which is a name that is mistyped. Returns: paused boolean
insert into public.messenger_transports as t (name, type, paused)
select $1::text, 'supabase', $2::boolean
 where $1::text = 'default' or exists (select from public.messenger_transports o where o.name = $1::text)
    or exists (select from nova.messenger_lanes l where l.transport = $1::text)
    or exists (select from public.messenger_schedules s where s.transport = $1::text)
    on conflict (name) do update set paused = excluded.paused returning t.paused
