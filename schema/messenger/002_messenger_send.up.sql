-- Sending: how a message gets its entry in messenger_ready or messenger_delayed, and messenger_send.
--
--   send, plain INSERT, retry, release, edit                  claim
--        │ available_at is past ─────────────▶ ready ──────────▶ processing
--        └─ later ──▶ delayed ── due: a claim moves it ─▲
--
-- Triggers write the entries, so that whatever is done to messenger_messages by hand is followed too.
select nova.expect_names('messenger_send()');

create or replace function nova.messenger_lane(p_transport text, p_queue text, p_priority smallint)
returns nova.messenger_lanes
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_own constant integer := 32; -- of the 100 that have a clock: the others are for shared ones
  v_lane nova.messenger_lanes;
  v_own boolean;
begin
  foreach v_own in array array[true, false] loop
    select l.* into v_lane from nova.messenger_lanes l
     where l.transport = p_transport and l.queue = case when v_own then p_queue else '' end
       and l.priority = p_priority order by l.id limit 1;
    if found then
      return v_lane;
    end if;
    -- One makes it; whoever comes meanwhile takes the shared one and does not wait. That one may come twice.
    if not v_own or coalesce((select max(l.id) from nova.messenger_lanes l), 0) < c_own
       and pg_try_advisory_xact_lock(hashtext('nova.messenger_lanes, a new one'),
                                     hashtext(p_transport || ' ' || p_queue || ' ' || p_priority)) then
      insert into nova.messenger_lanes (transport, queue, priority)
      values (p_transport, case when v_own then p_queue else '' end, p_priority) returning * into v_lane;
      return v_lane;
    end if;
  end loop;
end
$$;
comment on function nova.messenger_lane(text, text, smallint) is
  'The lane of a message; made when it is the first of its kind. Waits for nobody.';

create or replace function nova.messenger_flow(p_lane nova.messenger_lanes, p_queue text, p_tenant_id text)
returns integer
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  return case when p_lane.queue = '' then hashtext(p_queue)
              when p_tenant_id is null then 0 else hashtext(p_tenant_id) end;
end
$$;
comment on function nova.messenger_flow(nova.messenger_lanes, text, text) is
  'What takes turns with others within a lane: tenants, in a shared lane queues.';

create or replace function nova.messenger_make_ready(p_lane nova.messenger_lanes, p_tenant integer, p_ids bigint[],
                                                     p_front boolean)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- Not below what the floor is about to be. By now this transaction has a number: see nova.messenger_raise_floors.
  v_clock bigint := greatest(pg_catalog.pg_sequence_last_value(p_lane.clock::regclass),
                             pg_catalog.pg_sequence_last_value(p_lane.floor_next::regclass), 0);
  v_turn bigint := v_clock;
begin
  if not p_front then
    -- A sender that has not committed is not seen: two at once share turns, which costs the others nothing.
    select r.turn + 1 into v_turn from nova.messenger_ready r
     where r.lane = p_lane.id and r.tenant = p_tenant and r.turn >= v_clock order by r.turn desc limit 1;
  end if;
  insert into nova.messenger_ready (lane, tenant, turn, message_id)
  select p_lane.id, p_tenant, coalesce(v_turn, v_clock) + case when p_front then 0 else i.n - 1 end, i.id
    from unnest(p_ids) with ordinality i (id, n)
      on conflict (message_id) do nothing;
end
$$;
comment on function nova.messenger_make_ready(nova.messenger_lanes, integer, bigint[], boolean) is
  'Lets messages of one tenant and lane be claimed: behind the tenant''s last one, or in front, for what was '
  'claimed before.';

create or replace function nova.messenger_enqueue_inserted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_flow record;
  v_lane nova.messenger_lanes;
  v_now timestamptz := clock_timestamp();
  v_reason text;
begin
  select case when s.type = '' or length(s.type) > 255
                   then format('the type "%s" of a message has not 1 to 255 characters', left(s.type, 300))
              when s.transport = '' or length(s.transport) > 63
                   then format('the transport "%s" of a message has not 1 to 63 characters', left(s.transport, 300))
              when s.queue = '' or length(s.queue) > 255
                   then format('the queue "%s" of a message has not 1 to 255 characters', left(s.queue, 300))
              when s.priority not between -100 and 100
                   then format('the priority %s of a message is not from -100 to 100', s.priority)
              when s.max_attempts < 1 then format('max_attempts %s of a message is not above zero', s.max_attempts)
              when jsonb_typeof(s.headers) <> 'object' then 'the headers of a message are no object'
              when s.status = 'processing' then 'a new message is pending; processing is what a claim makes it' end
    into v_reason
    from sent s
   where s.type = '' or length(s.type) > 255
      or s.transport = '' or length(s.transport) > 63
      or s.queue = '' or length(s.queue) > 255
      or s.priority not between -100 and 100 or s.max_attempts < 1 or jsonb_typeof(s.headers) <> 'object'
      or s.status = 'processing'
   limit 1;
  if found then
    raise exception '%', v_reason using errcode = '23514';
  end if;
  perform nova.messenger_expect_open(array(select distinct s.transport from sent s));
  for v_flow in
    select s.transport, s.queue, s.priority, s.tenant_id,
           array_agg(s.id order by s.available_at, s.id) filter (where s.available_at <= v_now) as ready,
           array_agg(s.id) filter (where s.available_at > v_now) as delayed,
           array_agg(s.available_at) filter (where s.available_at > v_now) as due
      from sent s where s.status = 'pending' group by 1, 2, 3, 4 order by 1, 2, 3
  loop
    v_lane := nova.messenger_lane(v_flow.transport, v_flow.queue, v_flow.priority);
    if v_flow.ready is not null then
      perform nova.messenger_make_ready(v_lane, nova.messenger_flow(v_lane, v_flow.queue, v_flow.tenant_id),
                                        v_flow.ready, false);
      perform pg_notify('nova_messenger', v_flow.transport);
    end if;
    if v_flow.delayed is not null then
      insert into nova.messenger_delayed (due_at, lane, tenant, message_id)
      select d.due, v_lane.id, nova.messenger_flow(v_lane, v_flow.queue, v_flow.tenant_id), d.id
        from unnest(v_flow.due, v_flow.delayed) d (due, id)
          on conflict (message_id) do nothing;
    end if;
  end loop;
  return null;
end
$$;
comment on function nova.messenger_enqueue_inserted() is
  'Checks new messages, gives them their entries and tells channel nova_messenger, once a transaction and '
  'transport: whoever claims listens there.';

create or replace function nova.messenger_refuse_key() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the idempotency key "%" of a message is empty or has more than 1,000 bytes, or its tenant_id has '
                  'more than 1,000', left(new.idempotency_key, 100) using errcode = '23514',
    hint = 'What is longer is best hashed.';
end
$$;
comment on function nova.messenger_refuse_key() is 'For keys of messages that are empty or that no index holds.';

create or replace function nova.messenger_requeue() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_lane nova.messenger_lanes;
  v_given_back boolean := false; -- it was due when it was claimed, also where the clock has gone back since
begin
  if tg_op = 'DELETE' and old.counted then
    delete from nova.messenger_slots s where s.message_id = old.id;
  end if;
  if old.status = 'pending' then
    delete from nova.messenger_delayed d where d.message_id = old.id;
    delete from nova.messenger_ready r where r.message_id = old.id;
  end if;
  if tg_op = 'DELETE' or new.status <> 'pending' then
    return null;
  end if;
  v_lane := nova.messenger_lane(new.transport, new.queue, new.priority);
  v_given_back := old.status = 'processing' and old.available_at = new.available_at;
  if new.available_at > clock_timestamp() and not v_given_back then
    insert into nova.messenger_delayed (due_at, lane, tenant, message_id)
    values (new.available_at, v_lane.id, nova.messenger_flow(v_lane, new.queue, new.tenant_id), new.id)
        on conflict (message_id) do update set due_at = excluded.due_at, lane = excluded.lane, tenant = excluded.tenant;
  else
    perform nova.messenger_make_ready(v_lane, nova.messenger_flow(v_lane, new.queue, new.tenant_id), array[new.id],
                                      v_given_back);
    perform pg_notify('nova_messenger', new.transport);
  end if;
  return null;
end
$$;
comment on function nova.messenger_requeue() is 'Moves the entry of a message that was changed, given back or deleted.';

create or replace function nova.messenger_forget_all() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  truncate nova.messenger_ready, nova.messenger_delayed, nova.messenger_claims, nova.messenger_slots;
  return null;
end
$$;
comment on function nova.messenger_forget_all() is 'Entries go with a TRUNCATE of the messages.';

create or replace trigger messenger_enqueue_inserted after insert on public.messenger_messages
  referencing new table as sent for each statement execute function nova.messenger_enqueue_inserted();
-- A claim gives another token, and takes the entry away itself.
create or replace trigger messenger_requeue_updated
  after update of status, available_at, priority, queue, transport, tenant_id on public.messenger_messages for each row
  when (new.token = old.token) execute function nova.messenger_requeue();
create or replace trigger messenger_requeue_deleted after delete on public.messenger_messages for each row
  when (old.status = 'pending' or old.counted) execute function nova.messenger_requeue();
-- Only looked at here: whoever updates a message pays nothing for it.
create or replace trigger messenger_refuse_key before insert on public.messenger_messages for each row
  when (new.idempotency_key = '' or octet_length(new.idempotency_key) > 1000 or octet_length(new.tenant_id) > 1000)
  execute function nova.messenger_refuse_key();
create or replace trigger messenger_forget_all after truncate on public.messenger_messages
  for each statement execute function nova.messenger_forget_all();

create or replace function nova.messenger_expect_open(p_transports text[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_name text;
begin
  select t.name into v_name from public.messenger_transports t
   where not t.enabled and t.name = any (p_transports) limit 1;
  if found then
    raise exception 'transport "%" is disabled', v_name
      using errcode = 'NM002', hint = 'Enable it: update messenger_transports set enabled = true';
  end if;
end
$$;
comment on function nova.messenger_expect_open(text[]) is 'Refuses transports that are disabled: NM002.';

create or replace function nova.messenger_check_messages(p_messages jsonb[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  c_keys constant text[] := array['type', 'body', 'headers', 'transport', 'queue', 'priority', 'available_at', 'delay',
    'max_attempts', 'idempotency_key', 'idempotency_window', 'on_duplicate', 'expires_at', 'tenant_id', 'batch_id'];
  v_bad record;
begin
  select m.n, r.reason into v_bad
    from unnest(p_messages) with ordinality m (message, n)
   cross join lateral (select case
     when jsonb_typeof(m.message) is distinct from 'object' then 'is no object'
     when coalesce(m.message ->> 'type', '') = '' then 'has no type'
     when m.message - c_keys <> '{}'
       then format('has the unknown key "%s"', (select k from jsonb_object_keys(m.message - c_keys) k limit 1))
     when jsonb_typeof(m.message -> 'idempotency_key') not in ('string', 'null')
       then format('has the idempotency_key %s, which is no text', left(m.message ->> 'idempotency_key', 100))
     when m.message ->> 'idempotency_key' = '' then 'has an empty idempotency_key: leave it out, or null'
     when m.message ->> 'on_duplicate' not in ('keep', 'replace', 'keep_run_at')
       then format('has the on_duplicate "%s"; keep, replace and keep_run_at are known', m.message ->> 'on_duplicate')
     when m.message ->> 'on_duplicate' is not null and m.message ->> 'idempotency_key' is null
       then 'has on_duplicate without an idempotency_key'
     when m.message ->> 'priority' !~ '^[+-]?[0-9]{1,3}$'
       then format('has the priority "%s", which is not from -100 to 100', m.message ->> 'priority')
     when m.message ->> 'max_attempts' !~ '^[0-9]{1,9}$'
       then format('has the max_attempts "%s", which is not a number above zero', m.message ->> 'max_attempts')
     end as reason) r
   where r.reason is not null order by m.n limit 1;
  if found then
    raise exception 'message % %', v_bad.n, v_bad.reason using errcode = '22023',
      hint = format('A message is {"type": …} with any of %s.', array_to_string(c_keys[2:], ', '));
  end if;
end
$$;
comment on function nova.messenger_check_messages(jsonb[]) is
  'Refuses what messenger_send cannot read, with the number of the message (22023).';

create or replace function nova.messenger_replace(p_messages jsonb[], p_ids bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_bad text;
begin
  -- The trigger checks what is inserted, which these are not.
  select m.message ->> 'type' into v_bad from unnest(p_messages) m (message)
   where length(m.message ->> 'type') > 255 or (m.message ->> 'priority')::integer not between -100 and 100
      or (m.message ->> 'max_attempts')::integer < 1 or jsonb_typeof(m.message -> 'headers') <> 'object' limit 1;
  if found then
    raise exception 'a message of type "%" has a type of more than 255 characters, a priority not from -100 to 100, '
                    'max_attempts below 1 or headers that are no object',
      left(v_bad, 300) using errcode = '23514';
  end if;
  -- In the order of the ids, so that two senders cannot wait for each other.
  perform from public.messenger_messages m
    where m.id = any (p_ids) and m.status = 'pending' order by m.id for no key update;
  update public.messenger_messages m
     set type = n.type, body = n.body, headers = coalesce(n.headers, '{}'),
         priority = coalesce(n.priority, 0), max_attempts = n.max_attempts, expires_at = n.expires_at,
         updated_at = clock_timestamp(),
         available_at = case when n.on_duplicate = 'replace'
                             then coalesce(n.available_at, now()) + coalesce(n.delay, '0')
                             else m.available_at end
    from (select distinct on (u.id) u.id, coalesce(u.message -> 'body', '{}') as body, j.*
            from unnest(p_messages, p_ids) with ordinality u (message, id, n)
           cross join lateral jsonb_to_record(u.message) j (
                 type text, headers jsonb, priority smallint,
                 available_at timestamptz, delay interval, max_attempts integer, expires_at timestamptz,
                 on_duplicate text)
           order by u.id, u.n desc) n
   where m.id = n.id and m.status = 'pending';
end
$$;
comment on function nova.messenger_replace(jsonb[], bigint[]) is
  'The messages with these ids become what is sent now, as long as they are pending; keep_run_at leaves them '
  'their time.';

create or replace function public.messenger_send(p_messages jsonb[])
returns table (ordinal integer, id bigint, created boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
set datestyle = 'ISO, MDY' as $$
#variable_conflict use_column
declare
  v_ids bigint[] := array(select nextval('public.messenger_messages_id_seq')
                            from generate_series(1, cardinality(p_messages)));
  v_found bigint[];
  v_left integer[];
begin
  perform nova.messenger_check_messages(p_messages);
  for v_try in 1..10 loop
    -- A key whose window is over is free, although its row has not been removed yet.
    delete from public.messenger_messages m using unnest(p_messages) u (message)
     where u.message ->> 'idempotency_key' is not null and m.idempotency_key = u.message ->> 'idempotency_key'
       and m.transport = coalesce(u.message ->> 'transport', 'default') and m.status = 'completed'
       and coalesce(m.tenant_id, '') = coalesce(u.message ->> 'tenant_id', '')
       and m.key_expires_at <= now();
    insert into public.messenger_messages (id, type, body, headers, transport, queue, priority, available_at,
                                           max_attempts, idempotency_key, key_expires_at, expires_at, tenant_id,
                                           batch_id)
    select u.id, m.type, coalesce(u.message -> 'body', '{}'), coalesce(m.headers, '{}'),
           coalesce(m.transport, 'default'), coalesce(m.queue, 'default'), coalesce(m.priority, 0),
           coalesce(m.available_at, now()) + coalesce(m.delay, '0'), m.max_attempts, m.idempotency_key,
           now() + m.idempotency_window, m.expires_at, m.tenant_id, m.batch_id
      from unnest(p_messages, v_ids) with ordinality u (message, id, n)
     cross join lateral jsonb_to_record(u.message) m (
           type text, headers jsonb, transport text, queue text, priority smallint,
           available_at timestamptz, delay interval, max_attempts integer, idempotency_key text,
           idempotency_window interval, expires_at timestamptz, tenant_id text, batch_id uuid)
     where v_left is null or u.n = any (v_left)
     -- In the order of the keys, so that two senders of the same keys cannot wait for each other.
     order by m.transport, m.idempotency_key, u.n
        on conflict (transport, idempotency_key, (coalesce(tenant_id, '')))
         where idempotency_key is not null do nothing;
    -- A statement of its own: it sees who was there first, even if that was not committed when this call began.
    select array_agg(coalesce(k.id, f.id) order by u.n), array_agg(u.n) filter (where coalesce(k.id, f.id) is null)
      into v_found, v_left
      from unnest(p_messages, v_ids) with ordinality u (message, id, n)
      left join public.messenger_messages k on u.message ->> 'idempotency_key' is not null
            and k.idempotency_key = u.message ->> 'idempotency_key'
            and k.transport = coalesce(u.message ->> 'transport', 'default')
            and coalesce(k.tenant_id, '') = coalesce(u.message ->> 'tenant_id', '')
      left join lateral (select u.id where u.message ->> 'idempotency_key' is null) f on true;
    exit when v_left is null; -- else the one that was there first has gone in between
  end loop;
  if v_left is not null then
    raise exception 'idempotency keys come and go too fast to send message %', v_left[1] using errcode = '40001';
  end if;
  perform nova.messenger_replace(array_agg(u.message order by u.n), array_agg(v_found[u.n] order by u.n))
    from unnest(p_messages) with ordinality u (message, n)
   where v_found[u.n] <> v_ids[u.n] and u.message ->> 'on_duplicate' in ('replace', 'keep_run_at')
  having count(*) > 0;
  return query select f.n::integer, f.id, f.id = v_ids[f.n] from unnest(v_found) with ordinality f (id, n) order by f.n;
end
$$;
comment on function public.messenger_send(jsonb[]) is
  'Sends messages in the caller''s transaction: each an object with type and any of body, headers, transport, '
  'queue, priority, available_at, delay, max_attempts, idempotency_key, idempotency_window, on_duplicate, '
  'expires_at, tenant_id, batch_id. A key that is taken: the first id, created is false; on_duplicate says '
  'what becomes of the first message as long as it is pending: keep (the default), replace (it becomes this '
  'one, with its time: a delay debounces) or keep_run_at (with the time that it has: throttles).';

create or replace function public.messenger_send(
  p_type text, p_body jsonb default '{}', p_headers jsonb default '{}', p_transport text default 'default',
  p_queue text default 'default', p_priority integer default 0, p_available_at timestamptz default null,
  p_delay interval default null, p_max_attempts integer default null,
  p_idempotency_key text default null, p_idempotency_window interval default null,
  p_expires_at timestamptz default null, p_tenant_id text default null, p_batch_id uuid default null,
  p_on_duplicate text default null)
returns table (id bigint, created boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query select s.id, s.created from public.messenger_send(array[jsonb_build_object(
    'type', p_type, 'body', coalesce(p_body, '{}'), 'headers', p_headers, 'transport', p_transport, 'queue', p_queue,
    'priority', p_priority, 'available_at', p_available_at, 'delay', p_delay, 'max_attempts', p_max_attempts,
    'idempotency_key', p_idempotency_key, 'idempotency_window', p_idempotency_window, 'expires_at', p_expires_at,
    'tenant_id', p_tenant_id, 'batch_id', p_batch_id, 'on_duplicate', p_on_duplicate)]) s;
end
$$;
comment on function public.messenger_send(
  text, jsonb, jsonb, text, text, integer, timestamptz, interval, integer, text, interval, timestamptz, text, uuid,
  text) is
  'Sends one message: see messenger_send(jsonb[]).';

create or replace function nova.messenger_looked(p_looks regclass, p_read bigint, p_rows integer) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_now bigint := extract(epoch from clock_timestamp()) * 1000;
begin
  -- What was read is counted, not the time: that says more about other work on the machine. A
  -- thousand dead entries take a third of a millisecond or so.
  perform setval(p_looks,
    -- A minute at most: a mark that is further away was set by a clock that has gone back since.
    case when p_read > 500 + 3 * p_rows then (v_now + least(p_read / 50, 60000)) / 2 * 2 + 1 else v_now / 2 * 2 end);
end
$$;
comment on function nova.messenger_looked(regclass, bigint, integer) is
  'Notes a look from the floors that read so many entries for so many rows. When those were mostly dead, the '
  'next may come after fifty times as long as it took, and the value is odd.';

create or replace function nova.messenger_mark(p_sequence regclass, p_ahead bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  v_at bigint := coalesce(pg_sequence_last_value(p_sequence), 0);
begin
  return case when v_at <= extract(epoch from clock_timestamp()) * 1000 + p_ahead then v_at else 0 end;
end
$$;
comment on function nova.messenger_mark(regclass, bigint) is
  'Milliseconds since 1970 that a sequence holds; 0 when they are further ahead than such marks are ever set: the '
  'clock has gone back.';

create or replace function nova.messenger_promote(p_limit integer default 1000) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_started timestamptz := clock_timestamp();
  v_full boolean := extract(epoch from v_started) * 1000 >= 5 + nova.messenger_mark('nova.messenger_promotions', 61000);
  v_mark bigint := nova.messenger_mark('nova.messenger_promoted', 1000);
  v_read bigint := pg_catalog.pg_stat_get_xact_tuples_returned('nova.messenger_delayed_due'::regclass);
  v_from timestamptz := case when v_full then '-infinity' else to_timestamp(v_mark / 1000.0) end;
  v_ids bigint[];
  v_flow record;
  v_last timestamptz;
begin
  select array_agg(d.message_id), max(d.due_at) into v_ids, v_last
    from (select d.message_id, d.due_at from nova.messenger_delayed d where d.due_at <= v_started and d.due_at >= v_from
           order by d.due_at limit p_limit for update skip locked) d;
  if v_full then
    perform nova.messenger_looked(
      'nova.messenger_promotions',
      pg_catalog.pg_stat_get_xact_tuples_returned('nova.messenger_delayed_due'::regclass) - v_read,
      coalesce(cardinality(v_ids), 0));
  end if;
  if coalesce(cardinality(v_ids), 0) < p_limit then
    v_last := v_started;
  end if;
  -- Seldom when there is nothing to do: every setval is written to the log.
  if extract(epoch from v_last) * 1000 > v_mark + (case when v_ids is null then 1000 else 0 end) then
    perform pg_catalog.setval('nova.messenger_promoted', floor(extract(epoch from v_last) * 1000)::bigint);
  end if;
  if v_ids is null then
    return 0;
  end if;
  for v_flow in
    with due as (
      delete from nova.messenger_delayed d where d.message_id = any (v_ids)
      returning d.lane, d.tenant, d.message_id, d.due_at
    )
    select l as lane, d.tenant, array_agg(d.message_id order by d.due_at, d.message_id) as ids
      from due d join nova.messenger_lanes l on l.id = d.lane group by l, d.tenant
  loop
    perform nova.messenger_make_ready(v_flow.lane, v_flow.tenant, v_flow.ids, false);
  end loop;
  return cardinality(v_ids);
end
$$;
comment on function nova.messenger_promote(integer) is
  'Makes delayed messages that are due ready, at most so many; returns how many. Every claim does it.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['public.messenger_send(jsonb[])', 'nova.messenger_lane(text, text, smallint)',
      'public.messenger_send(text, jsonb, jsonb, text, text, integer, timestamptz, interval, integer, text, '
      'interval, timestamptz, text, uuid, text)',
      'nova.messenger_flow(nova.messenger_lanes, text, text)',
      'nova.messenger_make_ready(nova.messenger_lanes, integer, bigint[], boolean)',
      'nova.messenger_enqueue_inserted()', 'nova.messenger_requeue()', 'nova.messenger_forget_all()',
      'nova.messenger_expect_open(text[])', 'nova.messenger_refuse_key()', 'nova.messenger_check_messages(jsonb[])',
      'nova.messenger_replace(jsonb[], bigint[])',
      'nova.messenger_looked(regclass, bigint, integer)', 'nova.messenger_mark(regclass, bigint)',
      'nova.messenger_promote(integer)']::regprocedure[] loop
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
