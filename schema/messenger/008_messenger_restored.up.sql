-- What the messenger needs after a restore: see nova.after_restore().

create or replace function nova.messenger_after_restore() returns table (step text, rows bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_flow record;
  v_lane nova.messenger_lanes;
  v_takes_turns integer;
  v_now timestamptz := clock_timestamp();
  v_count bigint;
begin
  -- Whoever worked on it names a token that no claim has any more.
  update public.messenger_messages set status = 'pending', locked_until = null, counted = false
   where status = 'processing';
  get diagnostics v_count = row_count;
  return query select 'messages given back', v_count;
  -- The entries are made anew: those of a dump may be of another moment than its sequences, and logical replication
  -- copies no sequence.
  truncate nova.messenger_ready, nova.messenger_delayed, nova.messenger_claims, nova.messenger_slots;
  perform setval(c.oid::regclass, 0, false) from pg_class c
    where c.relkind = 'S' and c.relnamespace = 'nova'::regnamespace
      and c.relname ~ '^messenger_(clock|floor|floor_next|floor_xid)_[0-9]+$|^messenger_(looks|promotions|promoted)$';
  for v_flow in
    select m.transport, m.queue, m.priority, m.tenant_id,
           array_agg(m.id order by m.available_at, m.id) filter (where m.available_at <= v_now) as ready,
           array_agg(m.id) filter (where m.available_at > v_now) as delayed,
           array_agg(m.available_at) filter (where m.available_at > v_now) as due
      from public.messenger_messages m where m.status = 'pending' group by 1, 2, 3, 4 order by 1, 2, 3
  loop
    v_lane := nova.messenger_lane(v_flow.transport, v_flow.queue, v_flow.priority);
    v_takes_turns := nova.messenger_flow(v_lane, v_flow.queue, v_flow.tenant_id);
    perform nova.messenger_make_ready(v_lane, v_takes_turns, v_flow.ready, false) where v_flow.ready is not null;
    insert into nova.messenger_delayed (due_at, lane, tenant, message_id)
    select d.due, v_lane.id, v_takes_turns, d.id from unnest(v_flow.due, v_flow.delayed) d (due, id);
  end loop;
  select count(*) into v_count from public.messenger_messages m where m.status = 'pending';
  return query select 'messages that wait', v_count;
end
$$;
comment on function nova.messenger_after_restore() is
  'Gives back what workers held and makes the entries of all messages anew: a part of nova.after_restore().';
revoke all on function nova.messenger_after_restore() from public;
