-- Transports of other systems (redis, rabbitmq, sqs). A message that is sent to one is a row of messenger_messages, in
-- the sender's transaction, until a node has sent it to the broker: the outbox. What the broker delivers is a job of a
-- node; a failure of it is judged here, and what is given up is moved here, into messenger_failed_messages.
--
--   messenger_send ─▶ messenger_messages ── claim_outbox, publish, complete ──▶ broker ──▶ a job of a node
--                       │ the broker is away: hold_outbox                         ▲            │ not done
--                       └────────────── again after a pause                       └─ again ─ end_delivered ─▶ failed
create table if not exists nova.messenger_broker_states (
  transport text not null,
  worker text not null,
  error_class text,
  error text,
  depth bigint,
  in_hand integer not null default 0,
  since timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  primary key (transport, worker)
);
comment on table nova.messenger_broker_states is
  'How each worker last found the broker of a transport; rows that are older than a minute say nothing.';
comment on column nova.messenger_broker_states.error_class is
  'Null: it answers. unreachable, refused (a wrong password, no rights), secret_missing, full, malformed, not_built.';
comment on column nova.messenger_broker_states.depth is
  'Messages that the broker has, also delayed ones; null: not known.';
comment on column nova.messenger_broker_states.in_hand is 'Of them, those that this worker has.';
comment on column nova.messenger_broker_states.since is 'Since when it is so.';

create or replace function nova.messenger_brokers()
returns table (name text, type text, config text, open boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.name, t.type, t.config::text, t.enabled and not t.paused
    from public.messenger_transports t
   where t.type in ('redis', 'rabbitmq', 'sqs') order by t.name
$$;
comment on function nova.messenger_brokers() is
  'Transports of brokers, for nodes; open: they take and give out messages. A config has no secrets.';

create or replace function nova.messenger_claim_outbox(p_transport text, p_worker text, p_n integer, p_lease interval)
returns table (id bigint, token bigint, payload text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
#variable_conflict use_column
begin
  perform set_config('nova.messenger_outbox', 'yes', true);
  return query
    select c.id, c.token, jsonb_strip_nulls(jsonb_build_object(
             'id', c.id, 'type', c.type, 'queue', c.queue, 'priority', c.priority, 'tenant', c.tenant_id,
             'key', m.idempotency_key, 'sent_ms', floor(extract(epoch from c.created_at) * 1000)::bigint,
             'expires_ms', floor(extract(epoch from nullif(m.expires_at, 'infinity')) * 1000)::bigint,
             'attempts', c.attempts, 'max_attempts', m.max_attempts))
           -- Apart, so that no null within them is taken away.
           || jsonb_build_object('headers', c.headers, 'body', c.body) #>> '{}'
      from public.messenger_claim(p_transport, null, p_worker, p_n, p_lease) c
      join public.messenger_messages m on m.id = c.id;
  perform set_config('nova.messenger_outbox', '', true);
end
$$;
comment on function nova.messenger_claim_outbox(text, text, integer, interval) is
  'Messages that wait to be sent to the broker of a transport, as they are sent there. messenger_complete ends them.';

create or replace function nova.messenger_hold_outbox(p_ids bigint[], p_tokens bigint[], p_delay interval, p_error text)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update public.messenger_messages m set last_error = left(p_error, 4000), updated_at = clock_timestamp()
    from unnest(p_ids, p_tokens) a (id, token)
   where m.id = a.id and m.token = a.token and m.status = 'processing';
  perform public.messenger_release(p_ids, p_tokens, p_delay);
end
$$;
comment on function nova.messenger_hold_outbox(bigint[], bigint[], interval, text) is
  'The broker did not take them, which is no fault of theirs: again after the delay, without an attempt, and with '
  'the reason in last_error.';

create or replace function nova.messenger_end_delivered(p_transport text, p_worker text, p_payloads text[],
                                                        p_deliveries integer[], p_verdicts text[], p_classes text[],
                                                        p_errors text[], p_after_ms bigint[])
returns table (delay_ms bigint, payload text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
#variable_conflict use_column
declare
  v_one record;
  v_message jsonb;
  v_policy record;
  v_attempt integer;
  v_class text;
  v_text text;
  v_errors jsonb;
begin
  for v_one in
    select * from unnest(p_payloads, p_deliveries, p_verdicts, p_classes, p_errors, p_after_ms)
                  with ordinality a (payload, deliveries, verdict, class, error, after_ms, n) order by a.n
  loop
    v_message := v_one.payload::jsonb;
    v_attempt := coalesce((v_message ->> 'attempts')::integer, 0) + 1;
    v_class := left(coalesce(nullif(v_one.class, ''), 'error'), 255);
    v_text := left(coalesce(v_one.error, ''), 4000);
    v_policy := nova.messenger_policy(p_transport, v_message ->> 'type');
    -- What travels with the message is kept short.
    v_errors := nova.messenger_add_error(v_message -> 'errors', v_attempt, v_class, left(v_text, 500), p_worker);
    if v_one.verdict = 'retry'
       and v_attempt < coalesce((v_message ->> 'max_attempts')::integer, v_policy.max_attempts) then
      delay_ms := coalesce(v_one.after_ms, extract(epoch from nova.messenger_backoff(v_attempt, v_policy.delay,
                    v_policy.multiplier, v_policy.delay_max, v_policy.jitter)) * 1000);
      payload := v_message || jsonb_build_object('attempts', v_attempt, 'errors', v_errors)
        -- Not every broker can wait for so long.
        || case when delay_ms > 600000
                then jsonb_build_object('not_before_ms',
                                        floor(extract(epoch from clock_timestamp()) * 1000)::bigint + delay_ms)
                else '{}' end #>> '{}';
    else
      delay_ms := null;
      payload := null;
      insert into public.messenger_failed_messages (id, message_id, sent_at, available_at, attempts, max_attempts,
          deliveries, priority, type, transport, queue, tenant_id, worker, idempotency_key, error_class, error_message,
          fingerprint, errors, headers, body)
      values (md5(concat_ws('|', p_transport, v_message ->> 'id', v_message ->> 'sent_ms', v_attempt))::uuid,
              (v_message ->> 'id')::bigint,
              coalesce(to_timestamp((v_message ->> 'sent_ms')::bigint / 1000.0), now()), now(), v_attempt,
              (v_message ->> 'max_attempts')::integer, v_one.deliveries,
              coalesce((v_message ->> 'priority')::smallint, 0::smallint), v_message ->> 'type', p_transport,
              coalesce(v_message ->> 'queue', 'default'), v_message ->> 'tenant', p_worker, v_message ->> 'key',
              v_class, v_text,
              md5(concat_ws('|', v_message ->> 'type', v_class, regexp_replace(v_text, '[0-9]+', '#', 'g'))),
              v_errors, coalesce(v_message -> 'headers', '{}'), coalesce(v_message -> 'body', '{}'))
          on conflict (id) do nothing;
    end if;
    return next;
  end loop;
end
$$;
comment on function nova.messenger_end_delivered(text, text, text[], integer[], text[], text[], text[], bigint[]) is
  'Judges messages of a broker that were not done (verdicts retry and fail): with a delay, what is to be delivered '
  'again, and when; without one it is in messenger_failed_messages now, once however often it is judged.';

create or replace function nova.messenger_note_broker(p_transport text, p_worker text, p_class text, p_error text,
                                                      p_depth bigint, p_in_hand integer)
returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  delete from nova.messenger_broker_states s
   where s.seen_at < clock_timestamp() - interval '1 hour' or s.seen_at > clock_timestamp() + interval '1 hour';
  insert into nova.messenger_broker_states as s (transport, worker, error_class, error, depth, in_hand)
  values (p_transport, p_worker, nullif(p_class, ''), nullif(left(p_error, 1000), ''), p_depth, p_in_hand)
      on conflict (transport, worker) do update
     set error_class = excluded.error_class, error = excluded.error, depth = excluded.depth,
         in_hand = excluded.in_hand, seen_at = excluded.seen_at,
         since = case when s.error_class is distinct from excluded.error_class then excluded.since else s.since end
$$;
comment on function nova.messenger_note_broker(text, text, text, text, bigint, integer) is
  'Notes how a worker finds the broker of a transport.';

create or replace function nova.messenger_outbox_since(p_transport text) returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select min(h.available_at)
    from nova.messenger_lanes l
   cross join lateral (select m.available_at from nova.messenger_ready r
                         join public.messenger_messages m on m.id = r.message_id
                        where r.lane = l.id order by r.turn, r.since limit 100) h
   where l.transport = p_transport
$$;
comment on function nova.messenger_outbox_since(text) is
  'Since when the first message that may be sent to the broker of a transport waits, however often it was tried; of '
  'each lane the first hundred are looked at.';

create or replace function nova.messenger_transport_list()
returns table (name text, type text, config text, enabled boolean, paused boolean, running_max integer,
               attempts_max integer, workers integer, depth bigint, outbox bigint, outbox_since timestamptz, error text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.name, t.type, t.config::text, t.enabled, t.paused, coalesce(t.max_running, 0), t.max_attempts,
         b.workers, b.depth, case when t.type in ('redis', 'rabbitmq', 'sqs') then coalesce(q.messages, 0) end,
         case when t.type in ('redis', 'rabbitmq', 'sqs') then nova.messenger_outbox_since(t.name) end, b.error
    from public.messenger_transports t
   cross join lateral (
     select count(*)::integer as workers, max(s.depth) as depth,
            (array_agg(s.error_class || ': ' || s.error order by s.seen_at desc)
               filter (where s.error_class is not null))[1] as error
       from nova.messenger_broker_states s
      where s.transport = t.name and s.seen_at > clock_timestamp() - interval '1 minute') b
    left join lateral (
     select sum(d.message_count)::bigint as messages
       from public.messenger_queue_depth d where d.transport = t.name) q on true
   order by t.name
$$;
comment on function nova.messenger_transport_list() is
  'Transports with a row, and of those of brokers how the workers of the last minute found them.';

create or replace function nova.messenger_broker_due()
returns table (kind text, what text, since timestamptz, facts jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select 'transport/' || case s.error_class when 'unreachable' then 'unreachable' when 'full' then 'full'
                                            else 'refused' end,
         'transport:' || s.transport, min(s.since),
         jsonb_build_object('class', s.error_class, 'reason', (array_agg(s.error order by s.seen_at desc))[1],
                            'workers', count(*))
    from nova.messenger_broker_states s
    join public.messenger_transports t on t.name = s.transport and t.type in ('redis', 'rabbitmq', 'sqs')
   where s.error_class is not null and s.seen_at > clock_timestamp() - interval '1 minute'
   group by s.transport, s.error_class
  union all
  select 'transport/outbox_waits', 'transport:' || t.name, w.since,
         jsonb_build_object('count', (select sum(d.message_count) from public.messenger_queue_depth d
                                       where d.transport = t.name and d.status <> 'delayed'),
                            'seconds', floor(extract(epoch from clock_timestamp() - w.since)))
    from public.messenger_transports t
   cross join lateral (select nova.messenger_outbox_since(t.name) as since) w
   where t.type in ('redis', 'rabbitmq', 'sqs') and w.since < clock_timestamp() - interval '1 minute'
$$;
comment on function nova.messenger_broker_due() is
  'Brokers that cannot be used, and messages that have not been sent to one for a minute.';

create or replace function nova.messenger_outbox_age() returns double precision
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(max(extract(epoch from clock_timestamp() - nova.messenger_outbox_since(t.name))),
                  0)::double precision
    from public.messenger_transports t
   where t.type in ('redis', 'rabbitmq', 'sqs')
$$;
comment on function nova.messenger_outbox_age() is
  'Seconds for which the message waits that may be sent to its broker for longest; 0 when none does.';

create or replace function nova.messenger_claim_sent(p_id bigint, p_worker text, p_lease interval)
returns table (id bigint, token bigint, type text, body text, headers text, queue text, attempts integer,
               deliveries integer, crashes integer, tenant_id text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_token bigint;
  v_until timestamptz := clock_timestamp() + p_lease;
begin
  perform from public.messenger_messages m join public.messenger_transports t on t.name = m.transport
    where m.id = p_id and m.status = 'pending' and m.available_at <= v_until - p_lease
      and t.type = 'sync' and t.enabled and not t.paused for no key update of m skip locked;
  if not found then
    return;
  end if;
  v_token := nextval('nova.messenger_tokens');
  delete from nova.messenger_ready r where r.message_id = p_id;
  delete from nova.messenger_delayed d where d.message_id = p_id;
  insert into nova.messenger_claims (token, locked_until, worker, messages)
  values (v_token, v_until, p_worker, array[p_id]);
  return query
    update public.messenger_messages m
       set status = 'processing', token = v_token, locked_by = p_worker, locked_until = v_until,
           deliveries = m.deliveries + 1, updated_at = clock_timestamp()
     where m.id = p_id
    returning m.id, m.token, m.type, m.body::text, m.headers::text, m.queue, m.attempts, m.deliveries, m.crashes,
              m.tenant_id;
end
$$;
comment on function nova.messenger_claim_sent(bigint, text, interval) is
  'Gives its sender the message of a transport of type sync that it has just sent, unless it is delayed or the '
  'transport is paused; in the transaction that sends it no other can have it.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['nova.messenger_brokers()',
      'nova.messenger_claim_outbox(text, text, integer, interval)',
      'nova.messenger_hold_outbox(bigint[], bigint[], interval, text)',
      'nova.messenger_end_delivered(text, text, text[], integer[], text[], text[], text[], bigint[])',
      'nova.messenger_note_broker(text, text, text, text, bigint, integer)',
      'nova.messenger_outbox_since(text)', 'nova.messenger_transport_list()', 'nova.messenger_broker_due()',
      'nova.messenger_outbox_age()',
      'nova.messenger_claim_sent(bigint, text, interval)']::regprocedure[] loop
    execute format('revoke all on function %s from public', v_function);
    if to_regrole('anon') is not null then
      execute format('revoke all on function %s from anon, authenticated', v_function);
    end if;
  end loop;
end
$$;
