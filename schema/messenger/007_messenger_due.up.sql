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
  union all
  -- What is tried again comes soon: a thousand that wait for longer say nothing of it. Once is no trouble yet.
  select case when f.error ->> 'class' = 'no_handler' then 'messages/no_handler' else 'messages/failing' end,
         'messages:' || f.type, min(f.began),
         jsonb_build_object(
           'type', f.type, 'count', count(*), 'class', min(f.error ->> 'class'),
           'reason', left((array_agg(f.error ->> 'message' order by f.id desc))[1], 300))
    from (select m.id, m.type, (m.errors -> 0 ->> 'at')::timestamptz as began, m.errors -> -1 as error
            from (select d.message_id from nova.messenger_delayed d order by d.due_at limit 1000) d
            join public.messenger_messages m on m.id = d.message_id
           where m.attempts > 1 or m.errors -> -1 ->> 'class' = 'no_handler') f
   group by f.type, f.error ->> 'class' = 'no_handler'
  union all
  select 'messages/given_up', 'messages:' || f.type, min(f.failed_at),
         jsonb_build_object('type', f.type, 'count', count(*),
           'class', (array_agg(f.error_class order by f.failed_at desc))[1],
           'reason', left((array_agg(f.error_message order by f.failed_at desc))[1], 300))
    from (select distinct l.transport from nova.messenger_lanes l) l
    cross join lateral (select f.type, f.failed_at, f.error_class, f.error_message
                          from public.messenger_failed_messages f
                         where f.transport = l.transport and f.failed_at > clock_timestamp() - interval '1 day'
                           and f.retried_at is null
                         order by f.failed_at desc limit 1000) f
   group by f.type
$$;
comment on function nova.messenger_due() is
  'Schedules that are overdue for a minute, transports whose messages nobody has claimed for five, types whose '
  'messages fail again and again, have no handler or were given up within a day (the newest thousand of a transport).';
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

create or replace function nova.messenger_ages()
returns table (transport text, ready_s double precision, next_s double precision)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with near as (select d.lane, d.due_at from nova.messenger_delayed d order by d.due_at limit 1000)
  select l.transport,
         coalesce(max(extract(epoch from clock_timestamp() - least(r.since, n.due))), 0)::double precision,
         min(extract(epoch from n.next - clock_timestamp()))::double precision
    from nova.messenger_lanes l
    left join lateral (select r.since from nova.messenger_ready r
                        where r.lane = l.id order by r.turn, r.since limit 1) r on true
    left join (select n.lane, min(n.due_at) filter (where n.due_at <= clock_timestamp()) as due,
                      min(n.due_at) filter (where n.due_at > clock_timestamp()) as next
                 from near n group by n.lane) n on n.lane = l.id
   group by l.transport
$$;
comment on function nova.messenger_ages() is
  'By transport: how long the message that would be claimed next has waited (0: none does), and in how many seconds '
  'the next one is due; null when none of the thousand that come next is of this transport.';
revoke all on function nova.messenger_ages() from public;
