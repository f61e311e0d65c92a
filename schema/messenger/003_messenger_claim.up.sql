-- Claiming and finishing. A claim takes entries from the front of lanes, locks their messages (SKIP
-- LOCKED), deletes the entries and writes owner, expiry and token into the messages, in place. Every
-- later word about a message must name that token.
--
-- Dead entries: each claimed entry stays in the index until vacuum, and as long as an old
-- transaction is open. So a claim starts at the lane's clock, where the last one ended. What is
-- before the clock (sends that committed late, claims rolled back) is found by a look from the
-- lane's floor: every five milliseconds, and when there is nothing behind the clock. The floor
-- follows the clock as soon as nothing can come in between any more. While a transaction that has
-- written something stays open it cannot, and a look reads many dead entries: then the next waits
-- fifty times as long as it took, so that it costs a fiftieth of the time.
select nova.expect_names('messenger_claim()', 'messenger_complete()');

create or replace function nova.messenger_raise_floors(p_transport text, p_queues text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_unknown constant bigint := 9223372036854775807;
  v_lane nova.messenger_lanes;
  v_floor bigint;
  v_next bigint;
  v_xid bigint;
  v_now pg_snapshot;
begin
  -- What this transaction has taken would come back with a rollback, and is not seen here; an old
  -- snapshot does not see what is there now.
  if pg_current_xact_id_if_assigned() is not null or current_setting('transaction_isolation') <> 'read committed' then
    return;
  end if;
  -- floor_next is set in one transaction, and a later one writes its number into floor_xid. Who got
  -- a number before that may have sent with a turn below floor_next, and is waited for; whoever got
  -- one later has read floor_next and has not.
  for v_lane in
    select l.* from nova.messenger_lanes l
     where l.transport = p_transport and (p_queues is null or l.queue = any (p_queues) or l.queue = '')
       and coalesce(pg_catalog.pg_sequence_last_value(l.clock::regclass), 0)
         > coalesce(pg_catalog.pg_sequence_last_value(l.floor::regclass), 0)
     order by random() limit 8 -- so that many lanes make no claim slow
  loop
    -- Held to the end, so that the next step is another transaction's.
    continue when not pg_try_advisory_xact_lock(hashtext('nova.messenger_lanes'), v_lane.id);
    v_floor := coalesce(pg_catalog.pg_sequence_last_value(v_lane.floor::regclass), 0);
    v_next := coalesce(pg_catalog.pg_sequence_last_value(v_lane.floor_next::regclass), 0);
    v_xid := coalesce(pg_catalog.pg_sequence_last_value(v_lane.floor_xid::regclass), c_unknown);
    v_now := pg_current_snapshot();
    if v_next > v_floor and v_xid = c_unknown then
      if pg_current_xact_id_if_assigned() is null then -- else it is older than this step
        perform setval(v_lane.floor_xid::regclass, pg_current_xact_id()::text::bigint);
      end if;
      continue;
    elsif v_next > v_floor and v_xid > pg_snapshot_xmax(v_now)::text::bigint + 1000000 then
      -- Of another server, from which this one was restored.
      perform setval(v_lane.floor_xid::regclass, c_unknown);
      continue;
    elsif v_next > v_floor then
      -- What a claim that has not ended is taking is still seen, because it may come back.
      continue when pg_snapshot_xmin(v_now)::text::bigint < v_xid
        or exists (select from nova.messenger_ready r
                    where r.lane = v_lane.id and r.turn >= v_floor and r.turn < v_next);
      perform setval(v_lane.floor::regclass, v_next);
    end if;
    -- In this order, so that an old number is never taken for that of a new floor, wherever it is interrupted.
    perform setval(v_lane.floor_xid::regclass, c_unknown);
    perform setval(v_lane.floor_next::regclass,
                   greatest(v_next, pg_catalog.pg_sequence_last_value(v_lane.clock::regclass)));
  end loop;
end
$$;
comment on function nova.messenger_raise_floors(text, text[]) is
  'Raises the floors of lanes below which nothing can come any more. Each claim begins with it; in a '
  'transaction that has written before it does nothing.';

create or replace function nova.messenger_lower_floors() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_lane nova.messenger_lanes;
  v_turn bigint;
begin
  for v_lane in
    select l.* from nova.messenger_lanes l where pg_catalog.pg_sequence_last_value(l.floor::regclass) > 0
  loop
    continue when not pg_try_advisory_xact_lock(hashtext('nova.messenger_lanes'), v_lane.id);
    select r.turn into v_turn from nova.messenger_ready r
     where r.lane = v_lane.id and r.turn < pg_catalog.pg_sequence_last_value(v_lane.floor::regclass)
     order by r.turn limit 1;
    if found then
      perform setval(v_lane.floor::regclass, v_turn);
    end if;
  end loop;
end
$$;
comment on function nova.messenger_lower_floors() is
  'Finds entries below the floors: a restored dump has the sequences of a later moment than the rows. '
  'messenger_rescue does it.';

create or replace function nova.messenger_take(p_lane integer, p_from bigint, p_n integer, p_without text[],
                                               out ids bigint[], out last_turn bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- The message is locked and not its entry: whoever edits a pending message holds that lock too, and is then left out.
  select array_agg(f.id), max(f.turn) into ids, last_turn
    from (select m.id, r.turn from nova.messenger_ready r join public.messenger_messages m on m.id = r.message_id
           where r.lane = p_lane and r.turn >= p_from and m.status = 'pending' and m.queue <> all (p_without)
           order by r.turn, r.since limit p_n for no key update of m skip locked) f;
  if ids is not null then
    delete from nova.messenger_ready r where r.message_id = any (ids);
  end if;
end
$$;
comment on function nova.messenger_take(integer, bigint, integer, text[]) is
  'Locks the first messages of a lane from a turn on, skipping what others have locked and these queues, and deletes '
  'their entries.';

create or replace function nova.messenger_take_queues(p_lane integer, p_queues text[], p_n integer, inout free jsonb,
                                                      out ids bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_queue text;
  v_some bigint[];
begin
  ids := '{}';
  for v_queue in select q from unnest(p_queues) q order by random() loop
    exit when cardinality(ids) >= p_n;
    select array_agg(f.id) into v_some
      from (select m.id from nova.messenger_ready r join public.messenger_messages m on m.id = r.message_id
             where r.lane = p_lane and r.tenant = hashtext(v_queue) and m.queue = v_queue and m.status = 'pending'
             order by r.turn limit least(p_n - cardinality(ids), (free ->> v_queue)::integer)
               for no key update of m skip locked) f;
    if v_some is not null then
      delete from nova.messenger_ready r where r.message_id = any (v_some);
      ids := ids || v_some;
      if free ? v_queue then
        free := jsonb_set(free, array[v_queue], to_jsonb((free ->> v_queue)::integer - cardinality(v_some)));
      end if;
    end if;
  end loop;
end
$$;
comment on function nova.messenger_take_queues(integer, text[], integer, jsonb) is
  'The same for single queues of a shared lane.';

create or replace function nova.messenger_free(p_transport public.messenger_transports) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '200ms' as $$
begin
  -- One claim at a time, so that a limit is never passed; the next statement sees what the one before committed.
  perform from public.messenger_transports t where t.id = p_transport.id for no key update;
  return (select jsonb_object_agg(q.queue, q.free)
            from (select l.key as queue, l.value::integer - count(s.message_id) as free
                    from jsonb_each_text(p_transport.queue_limits) l
                    left join nova.messenger_slots s on s.transport = p_transport.name and s.queue = l.key
                   group by l.key, l.value
                  union all
                  select '', coalesce(p_transport.max_running, 2147483647) - count(*)
                    from nova.messenger_slots s
                   where s.transport = p_transport.name) q);
exception when lock_not_available then
  return '{"": 0}';
end
$$;
comment on function nova.messenger_free(public.messenger_transports) is
  'How many messages each limited queue, and under the key "" the transport, may still give out. None while '
  'another claim takes longer than 200 ms.';

create or replace function nova.messenger_share(p_lanes nova.messenger_lanes[], p_queues text[], p_full boolean,
                                                p_n integer, inout free jsonb, out ids bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_lane nova.messenger_lanes;
  v_share integer;
  v_asked integer;
  v_clock bigint;
  v_turn bigint;
  v_taken record;
  -- What a shared lane gives out by queue.
  v_single text[] := coalesce(p_queues, array(select k from jsonb_object_keys(free) k where k <> ''), '{}');
begin
  ids := '{}';
  while cardinality(ids) < p_n and cardinality(p_lanes) > 0 loop
    v_share := (p_n - cardinality(ids) + cardinality(p_lanes) - 1) / cardinality(p_lanes);
    foreach v_lane in array p_lanes loop
      exit when cardinality(ids) >= p_n;
      v_clock := coalesce(pg_catalog.pg_sequence_last_value(v_lane.clock::regclass), 0);
      v_asked := least(v_share, p_n - cardinality(ids),
                       case when v_lane.queue <> '' then (free ->> v_lane.queue)::integer end);
      if v_lane.queue = '' and v_single <> '{}' then
        select t.free, t.ids into v_taken from nova.messenger_take_queues(v_lane.id, v_single, v_asked, free) t;
        free := v_taken.free;
        ids := ids || v_taken.ids;
        v_asked := v_asked - cardinality(v_taken.ids);
      end if;
      if v_asked > 0 and (v_lane.queue <> '' or p_queues is null) then
        v_taken := nova.messenger_take(v_lane.id,
          case when p_full then coalesce(pg_catalog.pg_sequence_last_value(v_lane.floor::regclass), 0) else v_clock end,
          v_asked, case when v_lane.queue = '' then v_single else '{}' end);
        -- Behind the last one when there was no more, so that the dead entries of this turn are passed over too.
        v_turn := v_taken.last_turn + case when cardinality(v_taken.ids) < v_asked then 1 else 0 end;
        if v_turn > coalesce(pg_catalog.pg_sequence_last_value(v_lane.clock::regclass), 0)
           and (v_lane.queue <> '' or v_single = '{}') then
          perform pg_catalog.setval(v_lane.clock::regclass, v_turn);
        end if;
        ids := ids || v_taken.ids;
        if v_lane.queue <> '' and free ? v_lane.queue then
          free := jsonb_set(free, array[v_lane.queue],
                            to_jsonb((free ->> v_lane.queue)::integer - coalesce(cardinality(v_taken.ids), 0)));
        end if;
      end if;
      if v_asked < v_share or v_taken.ids is null or cardinality(v_taken.ids) < v_asked
         or (v_lane.queue = '' and p_queues is not null) then
        p_lanes := array_remove(p_lanes, v_lane);
      end if;
    end loop;
  end loop;
end
$$;
comment on function nova.messenger_share(nova.messenger_lanes[], text[], boolean, integer, jsonb) is
  'Takes up to n messages from equally urgent lanes: each gives its share, and what one has not got the others give.';

create or replace function nova.messenger_select(p_transport text, p_queues text[], p_full boolean, p_n integer,
                                                 inout free jsonb, out ids bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_lanes nova.messenger_lanes[] := array(select l from nova.messenger_lanes l
                                           where l.transport = p_transport
                                             and (p_queues is null or l.queue = any (p_queues) or l.queue = ''));
  v_group record;
  v_some record;
begin
  ids := '{}';
  p_n := least(p_n, (free ->> '')::integer);
  if cardinality(v_lanes) = 1 then
    select s.free, s.ids into free, ids from nova.messenger_share(v_lanes, p_queues, p_full, p_n, free) s;
    return;
  end if;
  -- Lanes with something in them, the most urgent first; a minute of waiting counts as one point of priority.
  for v_group in
    select l.priority + floor(extract(epoch from clock_timestamp() - h.since) / 60) as urgency,
           array_agg(l order by h.since) as lanes
      from unnest(v_lanes) l
     cross join lateral (select r.since from nova.messenger_ready r
            where r.lane = l.id
              and r.turn
                  >= coalesce(pg_catalog.pg_sequence_last_value(
                                case when p_full then l.floor else l.clock end::regclass), 0)
            order by r.turn, r.since limit 1) h
     group by 1 order by 1 desc
  loop
    select s.free, s.ids into v_some
      from nova.messenger_share(v_group.lanes, p_queues, p_full, p_n - cardinality(ids), free) s;
    ids := ids || v_some.ids;
    free := v_some.free;
    exit when cardinality(ids) >= p_n;
  end loop;
end
$$;
comment on function nova.messenger_select(text, text[], boolean, integer, jsonb) is
  'Locks up to n messages of a transport and takes their entries away; ids in the order in which they are to '
  'be done. free: see messenger_free.';

create or replace function nova.messenger_find(p_transport text, p_queues text[], p_n integer, p_free jsonb)
returns bigint[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_now bigint := extract(epoch from clock_timestamp()) * 1000;
  v_next bigint := nova.messenger_mark('nova.messenger_looks', 61000);
  v_found record;
  v_read bigint;
begin
  -- Every five milliseconds from the floors, and whenever the clocks have nothing behind them.
  -- While that is dear only one claim in two hundred pays for it, so that the others are as fast as ever.
  if v_now < v_next + 5 or (v_next % 2 = 1 and random() > 0.005) then
    select s.free, s.ids into v_found from nova.messenger_select(p_transport, p_queues, false, p_n, p_free) s;
    if v_found.ids <> '{}' or v_now < v_next then
      return v_found.ids;
    end if;
  end if;
  v_read := pg_catalog.pg_stat_get_xact_tuples_returned('nova.messenger_ready_turn'::regclass);
  select s.free, s.ids into v_found from nova.messenger_select(p_transport, p_queues, true, p_n, p_free) s;
  perform nova.messenger_looked(
    'nova.messenger_looks',
    pg_catalog.pg_stat_get_xact_tuples_returned('nova.messenger_ready_turn'::regclass) - v_read,
    cardinality(v_found.ids));
  return v_found.ids;
end
$$;
comment on function nova.messenger_find(text, text[], integer, jsonb) is
  'messenger_select, from the clocks or from the floors.';

create or replace function nova.messenger_find_in_time(p_transport text, p_queues text[], p_n integer, p_free jsonb)
returns bigint[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_ids bigint[];
  v_late bigint[];
begin
  loop
    v_ids := nova.messenger_find(p_transport, p_queues, p_n, p_free);
    exit when v_ids = '{}';
    select array_agg(m.id) into v_late from public.messenger_messages m
     where m.id = any (v_ids) and m.expires_at <= clock_timestamp();
    exit when v_late is null;
    perform nova.messenger_bury(v_late, null, 'expired', 'not done in time', 0);
    v_ids := array(select i.id from unnest(v_ids) with ordinality i (id, n) where i.id <> all (v_late) order by i.n);
    exit when v_ids <> '{}'; -- fewer than asked for, but not none while there are others behind
  end loop;
  return v_ids;
end
$$;
comment on function nova.messenger_find_in_time(text, text[], integer, jsonb) is
  'messenger_find; what is not worth doing any more goes to the failed messages instead.';

create or replace function public.messenger_claim(p_transport text, p_queues text[], p_worker text,
                                                  p_n integer default 1, p_lease interval default '5 minutes')
returns table (id bigint, token bigint, type text, body jsonb, headers jsonb, queue text, priority smallint,
               tenant_id text, attempts integer, deliveries integer, available_at timestamptz, created_at timestamptz,
               locked_until timestamptz, crashes integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp
-- The plans must not depend on statistics, which are wrong in tables that fill and drain by the second.
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_sort = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_transport public.messenger_transports;
  v_free jsonb;
  v_ids bigint[];
  v_token bigint;
  v_until timestamptz := clock_timestamp() + p_lease;
begin
  if coalesce(p_worker, '') = '' or p_n is null or p_n not between 1 and 10000 or p_lease is null or p_lease <= '0' then
    raise exception 'a claim needs a worker, 1 to 10000 messages and a lease above zero, not "%", % and %',
      p_worker, p_n, p_lease
      using errcode = '22023';
  end if;
  select t.* into v_transport from public.messenger_transports t where t.name = p_transport;
  -- Of a broker's transport the messages here are those that have not been sent: see nova.messenger_claim_outbox.
  if v_transport.type in ('redis', 'rabbitmq', 'sqs')
     and current_setting('nova.messenger_outbox', true) is distinct from 'yes' then
    raise exception 'transport "%" is of type %: its messages are claimed at the broker', p_transport, v_transport.type
      using errcode = 'NM001', hint = 'Handlers get them: nova messenger handlers set --transport NAME --type TYPE …';
  elsif v_transport.paused or not v_transport.enabled then
    return;
  end if;
  perform nova.messenger_raise_floors(p_transport, p_queues);
  perform nova.messenger_promote();
  perform nova.messenger_rescue_in_passing();
  if v_transport.max_running is not null or v_transport.queue_limits <> '{}' then
    v_free := nova.messenger_free(v_transport);
  end if;
  v_ids := nova.messenger_find_in_time(p_transport, p_queues, p_n, v_free);
  if v_ids = '{}' then
    return;
  end if;
  v_token := nextval('nova.messenger_tokens');
  insert into nova.messenger_claims (token, locked_until, worker, messages) values (v_token, v_until, p_worker, v_ids);
  -- By "= any", not by a join: whatever a planner believes of a table that fills and drains by the
  -- second, the index is used.
  return query
    with taken as (
      update public.messenger_messages m
         set status = 'processing', token = v_token, locked_by = p_worker, locked_until = v_until,
             deliveries = m.deliveries + 1,
             counted = v_transport.max_running is not null or coalesce(v_transport.queue_limits ? m.queue, false),
             updated_at = v_until - p_lease
       where m.id = any (v_ids)
      returning m.id, m.token, m.type, m.body, m.headers, m.queue, m.priority, m.tenant_id, m.attempts, m.deliveries,
                m.available_at, m.created_at, m.locked_until, m.crashes
    )
    select * from taken t order by array_position(v_ids, t.id);
  if v_free is not null then
    insert into nova.messenger_slots (message_id, transport, queue)
    select m.id, m.transport, m.queue from public.messenger_messages m where m.id = any (v_ids) and m.counted
        on conflict (message_id) do update set transport = excluded.transport, queue = excluded.queue;
  end if;
end
$$;
comment on function public.messenger_claim(text, text[], text, integer, interval) is
  'Gives a worker up to n messages of a transport (queues null: all) for the time of the lease: the most '
  'urgent priority first, tenants in turn, then by time. Their token must be named in messenger_complete, '
  'fail, release and extend.';

create or replace function nova.messenger_settle(p_ids bigint[], p_tokens bigint[], p_counted boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- A claim that is finished at once leaves no row; the others are left to messenger_rescue, so
  -- that the words about single messages of one claim do not wait for each other.
  delete from nova.messenger_claims c
   using (select t.token, count(*) as messages from unnest(p_tokens) t (token) group by t.token) d
   where c.token = d.token and cardinality(c.messages) = d.messages;
  if p_counted then
    delete from nova.messenger_slots s where s.message_id = any (p_ids);
  end if;
end
$$;
comment on function nova.messenger_settle(bigint[], bigint[], boolean) is
  'Forgets claims and slots of messages that are no longer being worked on.';

create or replace function nova.messenger_outcomes(p_ids bigint[], p_tokens bigint[], p_done bigint[],
                                                   p_done_tokens bigint[], p_outcome text)
returns table (id bigint, outcome text)
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_hashjoin = on as $$
#variable_conflict use_column
begin
  return query
    select a.id, case when d.id is not null then p_outcome
                      when coalesce((select m.status from public.messenger_messages m where m.id = a.id), 'completed')
                           = 'completed' then 'gone' else 'stale' end
      from unnest(p_ids, p_tokens) with ordinality a (id, token, n)
      left join unnest(p_done, p_done_tokens) d (id, token) on d.id = a.id and d.token = a.token
     order by a.n;
end
$$;
comment on function nova.messenger_outcomes(bigint[], bigint[], bigint[], bigint[], text) is
  'What became of each message that was named, with that token: the outcome, stale (another claim or none has '
  'it) or gone.';

create or replace function public.messenger_complete(p_ids bigint[], p_tokens bigint[])
returns table (id bigint, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_ids bigint[] := p_ids;
  v_tokens bigint[] := p_tokens;
  v_done record;
  v_kept record;
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_tokens));
  if cardinality(p_ids) > 1 and cardinality(p_ids) > (select count(distinct i.id) from unnest(p_ids) i (id)) then
    -- A message that was claimed twice by one worker: only its newest claim is good.
    select array_agg(o.id), array_agg(o.token) into v_ids, v_tokens
      from (select a.id, max(a.token) as token from unnest(p_ids, p_tokens) a (id, token) group by a.id) o;
  end if;
  perform set_config('nova.messenger_ends', 'yes', true); -- see nova.messenger_leave_batch
  with done as (
    delete from public.messenger_messages m
     where m.id = any (v_ids) and m.token = v_tokens[array_position(v_ids, m.id)] and m.status = 'processing'
       and (m.key_expires_at is null or m.key_expires_at <= now())
    returning m.id, m.token, m.counted, m.batch_id
  )
  select coalesce(array_agg(d.id), '{}') as ids, coalesce(array_agg(d.token), '{}') as tokens,
         bool_or(d.counted) as counted, array_agg(d.batch_id) filter (where d.batch_id is not null) as batches
    into v_done from done d;
  perform set_config('nova.messenger_ends', '', true);
  if cardinality(v_done.ids) < cardinality(v_ids) then
    with kept as (
      update public.messenger_messages m
         set status = 'completed', locked_until = null, counted = false, updated_at = now()
       where m.id = any (v_ids) and m.token = v_tokens[array_position(v_ids, m.id)] and m.status = 'processing'
      returning m.id, m.token, m.batch_id
    )
    select coalesce(array_agg(k.id), '{}') as ids, coalesce(array_agg(k.token), '{}') as tokens,
           array_agg(k.batch_id) filter (where k.batch_id is not null) as batches into v_kept from kept k;
    v_done.ids := v_done.ids || v_kept.ids;
    v_done.tokens := v_done.tokens || v_kept.tokens;
    v_done.batches := v_done.batches || v_kept.batches;
    v_done.counted := true;
  end if;
  perform nova.messenger_settle(v_done.ids, v_done.tokens, v_done.counted);
  if v_done.batches is not null then
    perform nova.messenger_count_batches(v_done.batches, false);
  end if;
  if cardinality(v_done.ids) = cardinality(p_ids) then
    return query select i.id, 'completed' from unnest(p_ids) i (id);
  else
    return query
      select o.id, o.outcome from nova.messenger_outcomes(p_ids, p_tokens, v_done.ids, v_done.tokens, 'completed') o;
  end if;
end
$$;
comment on function public.messenger_complete(bigint[], bigint[]) is
  'Takes out messages that are done. Each is completed, stale (its claim is over: nothing happened) or gone.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['nova.messenger_raise_floors(text, text[])', 'nova.messenger_lower_floors()',
      'nova.messenger_take(integer, bigint, integer, text[])',
      'nova.messenger_take_queues(integer, text[], integer, jsonb)', 'nova.messenger_free(public.messenger_transports)',
      'nova.messenger_share(nova.messenger_lanes[], text[], boolean, integer, jsonb)',
      'nova.messenger_select(text, text[], boolean, integer, jsonb)',
      'nova.messenger_find(text, text[], integer, jsonb)',
      'nova.messenger_find_in_time(text, text[], integer, jsonb)',
      'public.messenger_claim(text, text[], text, integer, interval)',
      'nova.messenger_settle(bigint[], bigint[], boolean)',
      'nova.messenger_outcomes(bigint[], bigint[], bigint[], bigint[], text)',
      'public.messenger_complete(bigint[], bigint[])']::regprocedure[] loop
    execute format('revoke all on function %s from public', v_function);
    if to_regrole('anon') is not null then
      execute format('revoke all on function %s from anon, authenticated', v_function);
    end if;
    if to_regrole('service_role') is not null and v_function::text ~ '^(public[.])?messenger_' then
      execute format('grant execute on function %s to service_role', v_function);
    end if;
  end loop;
end
$$;
select nova.mark_names();
