-- What is due and does not happen, for who may not look at the messages: nodes need not run as a role that may.
create or replace function nova.messenger_due() returns table (kind text, what text, since timestamptz, facts jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select 'schedule/overdue', 'schedule:' || s.name, s.next_run_at,
         jsonb_build_object('seconds', floor(extract(epoch from clock_timestamp() - s.next_run_at)), 'type', s.type)
    from public.messenger_schedules s
   where s.enabled and s.next_run_at < clock_timestamp() - interval '1 minute'
  union all
  select 'transport/stands_still', 'transport:' || d.transport, d.oldest_available_at,
         jsonb_build_object('count', d.message_count,
                            'seconds', floor(extract(epoch from clock_timestamp() - d.oldest_available_at)))
    from public.messenger_queue_depth d
   where d.status = 'pending' and d.oldest_available_at < clock_timestamp() - interval '5 minutes'
     and not exists (select from public.messenger_transports t -- see nova.messenger_broker_due
                      where t.name = d.transport and t.type in ('redis', 'rabbitmq', 'sqs'))
$$;
comment on function nova.messenger_due() is
  'Schedules that are overdue for a minute and transports whose messages nobody has claimed for five.';
revoke all on function nova.messenger_due() from public;

-- What the engine asks, for a role that may not look at the messages either.
create or replace function nova.messenger_next_due() returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select min(d.due_at) from nova.messenger_delayed d
$$;
comment on function nova.messenger_next_due() is 'When the next message that waits for its time comes.';

create or replace function nova.messenger_next_slot() returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select min(s.next_run_at) from public.messenger_schedules s where s.enabled
$$;
comment on function nova.messenger_next_slot() is 'When the next slot of a schedule is.';

create or replace function nova.messenger_mark_alone(p_id bigint, p_token bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update public.messenger_messages m set locked_by = m.locked_by || ' alone'
   where m.id = p_id and m.token = p_token and m.status = 'processing';
  return found;
end
$$;
comment on function nova.messenger_mark_alone(bigint, bigint) is
  'A message whose last worker ended without a word runs alone on its node; if this one does too, it is given up. '
  'False: the claim is over.';
revoke all on function nova.messenger_next_due(), nova.messenger_next_slot(),
  nova.messenger_mark_alone(bigint, bigint) from public;
