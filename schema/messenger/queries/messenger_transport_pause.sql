-- $1 name, $2 boolean paused; makes the row when the transport has the defaults. Returns: paused boolean
insert into public.messenger_transports as t (name, type, paused) values ($1, 'supabase', $2::boolean)
    on conflict (name) do update set paused = excluded.paused returning t.paused
