-- What happens when a message is not done: retry with backoff, failed messages, release, rescue of
-- what crashed workers held.
--
--   processing ── fail ──▶ pending after a pause ── ... ── attempts used up, or unrecoverable ──▶ failed messages
--        ├── release ──▶ pending in its old place, no attempt                       messenger_retry_failed │
--        └── claim ran out, rescue ──▶ pending; each crash after the first costs an attempt          ▼ a new message
select nova.expect_names('messenger_extend()', 'messenger_fail()', 'messenger_prune()', 'messenger_release()',
  'messenger_rescue()', 'messenger_retry_failed()');

create or replace function nova.messenger_policy(p_transport text, p_type text,
  out max_attempts integer, out delay interval, out multiplier double precision, out delay_max interval,
  out jitter double precision)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce((b.rule ->> 'max_attempts')::integer, t.max_attempts, 3),
         coalesce((b.rule ->> 'delay_ms')::double precision * interval '1 millisecond', t.retry_delay, '1 second'),
         coalesce((b.rule ->> 'multiplier')::double precision, t.retry_multiplier, 2),
         coalesce((b.rule ->> 'delay_max_ms')::double precision * interval '1 millisecond', t.retry_delay_max,
                  '1 hour'),
         coalesce((b.rule ->> 'jitter')::double precision, t.retry_jitter, 0.1)
    from (values (p_transport)) n (name)
    left join public.messenger_transports t on t.name = n.name
    left join lateral (select t.retry_by_type -> p_type as rule) b on true
$$;
comment on function nova.messenger_policy(text, text) is
  'How failures of a type are retried: what its transport says of the type, else of all, else 3 attempts, 1 '
  'second, doubled up to 1 hour, jitter 0.1.';

create or replace function nova.messenger_backoff(p_failures integer, p_delay interval, p_multiplier double precision,
                                                  p_delay_max interval, p_jitter double precision default 0)
returns interval
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select interval '1 second' * (1 + p_jitter * (2 * random() - 1))
         * case when d.first <= 0 then 0
                -- By logarithms, so that a thousand failures overflow nothing.
                when greatest(p_failures - 1, 0) * ln(greatest(p_multiplier, 1))
                     >= ln(greatest(d.longest, d.first) / d.first) then least(greatest(d.longest, 0), 31536000)
                else d.first * power(p_multiplier, greatest(p_failures - 1, 0)) end
    from (select extract(epoch from p_delay)::double precision as first,
                 extract(epoch from p_delay_max)::double precision as longest) d
$$;
comment on function nova.messenger_backoff(integer, interval, double precision, interval, double precision) is
  'Pause after the n-th failure: delay * multiplier^(n-1), at most delay_max, then up to the part jitter more or less.';

create or replace function nova.messenger_add_error(p_errors jsonb, p_attempt integer, p_class text, p_message text,
                                                    p_worker text)
returns jsonb
language sql stable set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
  select jsonb_agg(e.error order by e.n)
    from (select e.error, e.n from jsonb_array_elements(coalesce(p_errors, '[]') || jsonb_build_object(
                   'attempt', p_attempt, 'at', clock_timestamp(), 'class', p_class, 'message', p_message,
                   'worker', p_worker))
            with ordinality e (error, n) order by e.n desc limit 20) e
$$;
comment on function nova.messenger_add_error(jsonb, integer, text, text, text) is
  'A history with one failure more, the newest 20.';

create or replace function nova.messenger_bury(p_ids bigint[], p_tokens bigint[], p_class text, p_message text,
                                               p_attempt integer, p_classes text[] default null,
                                               p_messages text[] default null) returns bigint[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_gone record;
begin
  if p_ids is null then
    return '{}';
  end if;
  perform set_config('nova.messenger_ends', 'yes', true); -- see nova.messenger_leave_batch
  with gone as (
    delete from public.messenger_messages m
     using unnest(p_ids, coalesce(p_tokens, array_fill(null::bigint, array[cardinality(p_ids)])),
                  coalesce(p_classes, array_fill(p_class, array[cardinality(p_ids)])),
                  coalesce(p_messages, array_fill(p_message, array[cardinality(p_ids)]))) a (id, token, class, message)
     where m.id = a.id
       and (p_tokens is null or (m.token = a.token and m.status = 'processing'))
       and m.status <> 'completed'
    returning m.*, left(coalesce(nullif(a.class, ''), 'error'), 255) as class,
              left(coalesce(a.message, ''), 4000) as message
  ), buried as (
    insert into public.messenger_failed_messages (message_id, sent_at, available_at, attempts, max_attempts, deliveries,
        priority, type, transport, queue, tenant_id, worker, idempotency_key, batch_id, error_class, error_message,
        fingerprint, errors, headers, body)
    select g.id, g.created_at, g.available_at, g.attempts + p_attempt, g.max_attempts, g.deliveries, g.priority, g.type,
           g.transport, g.queue, g.tenant_id, g.locked_by, g.idempotency_key, g.batch_id, g.class, g.message,
           md5(g.type || '|' || g.class || '|' || regexp_replace(g.message, '[0-9]+', '#', 'g')),
           nova.messenger_add_error(g.errors, g.attempts + p_attempt, g.class, g.message, g.locked_by),
           g.headers, g.body
      from gone g
  )
  select coalesce(array_agg(g.id), '{}') as ids,
         coalesce(array_agg(g.token) filter (where g.status = 'processing'), '{}') as tokens,
         bool_or(g.counted) as counted, array_agg(g.batch_id) filter (where g.batch_id is not null) as batches
    into v_gone
    from gone g;
  perform set_config('nova.messenger_ends', '', true);
  perform nova.messenger_settle(v_gone.ids, v_gone.tokens, v_gone.counted);
  if v_gone.batches is not null then
    perform nova.messenger_count_batches(v_gone.batches, true);
  end if;
  return v_gone.ids;
end
$$;
comment on function nova.messenger_bury(bigint[], bigint[], text, text, integer, text[], text[]) is
  'Moves messages to the failed ones in one statement, so that none is lost and none is in both; with tokens '
  'only those of these claims, and none for a token that is null. Returns the ids.';

create or replace function public.messenger_fail(p_ids bigint[], p_tokens bigint[], p_messages text[],
                                                 p_classes text[] default null, p_verdicts text[] default null,
                                                 p_retry_after interval[] default null)
returns table (id bigint, outcome text, available_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
#variable_conflict use_column
declare
  v_again record;
  v_last record;
  v_buried bigint[] := '{}';
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_tokens), cardinality(p_messages),
                                    coalesce(cardinality(p_classes), cardinality(p_ids)),
                                    coalesce(cardinality(p_verdicts), cardinality(p_ids)),
                                    coalesce(cardinality(p_retry_after), cardinality(p_ids)));
  if exists (select from unnest(p_verdicts) v (verdict)
              where v.verdict not in ('retry', 'unrecoverable', 'recoverable')) then
    raise exception 'a verdict is retry, unrecoverable or recoverable, not "%"',
      (select v.verdict from unnest(p_verdicts) v (verdict)
        where v.verdict not in ('retry', 'unrecoverable', 'recoverable') limit 1)
      using errcode = '22023';
  end if;
  with again as (
    update public.messenger_messages m
       set status = 'pending', attempts = m.attempts + 1, locked_until = null, counted = false,
           last_error = left(coalesce(a.message, ''), 4000),
           errors = nova.messenger_add_error(m.errors, m.attempts + 1,
                                             left(coalesce(nullif(a.class, ''), 'error'), 255),
                                             left(coalesce(a.message, ''), 4000), m.locked_by),
           available_at = clock_timestamp()
             + least(coalesce(a.retry_after, nova.messenger_backoff(m.attempts + 1, p.delay, p.multiplier, p.delay_max,
                                                                    p.jitter)), '365 days'),
           updated_at = clock_timestamp()
      from unnest(p_ids, p_tokens, p_messages, p_classes, p_verdicts, p_retry_after)
             a (id, token, message, class, verdict, retry_after),
           public.messenger_messages o cross join lateral nova.messenger_policy(o.transport, o.type) p
     where m.id = a.id and m.token = a.token and m.status = 'processing' and o.id = m.id
       and coalesce(a.verdict, 'retry') <> 'unrecoverable'
       and (a.verdict = 'recoverable' or m.attempts + 1 < coalesce(m.max_attempts, p.max_attempts))
    returning m.id, m.token, m.available_at
  )
  select coalesce(array_agg(g.id), '{}') as ids, coalesce(array_agg(g.token), '{}') as tokens,
         array_agg(g.available_at) as due
    into v_again
    from again g;
  perform nova.messenger_settle(v_again.ids, v_again.tokens, true);
  select array_agg(a.id) as ids, array_agg(a.token) as tokens, array_agg(a.class) as classes,
         array_agg(a.message) as messages
    into v_last
    from unnest(p_ids, p_tokens, p_messages, p_classes) a (id, token, message, class)
   where a.id <> all (v_again.ids)
     and exists (select from public.messenger_messages m
                  where m.id = a.id and m.token = a.token and m.status = 'processing');
  if v_last.ids is not null then
    v_buried := nova.messenger_bury(v_last.ids, v_last.tokens, null, null, 1, v_last.classes, v_last.messages);
  end if;
  return query
    select o.id,
           case when o.outcome = 'done' then case when o.id = any (v_buried) then 'failed' else 'retrying' end
                else o.outcome end,
           case when o.outcome = 'done' then v_again.due[array_position(v_again.ids, o.id)] end
      from nova.messenger_outcomes(p_ids, p_tokens, v_again.ids || v_buried,
             v_again.tokens || array(select v_last.tokens[array_position(v_last.ids, b.id)]
                                       from unnest(v_buried) with ordinality b (id, n) order by b.n), 'done') o;
end
$$;
comment on function public.messenger_fail(bigint[], bigint[], text[], text[], text[], interval[]) is
  'Handlers failed: retrying (available_at says when), failed (moved to messenger_failed_messages), stale or '
  'gone. Verdict unrecoverable: no retry; recoverable: also beyond the maximum. retry_after replaces the '
  'backoff.';

create or replace function public.messenger_release(p_ids bigint[], p_tokens bigint[], p_delay interval default '0')
returns table (id bigint, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
#variable_conflict use_column
declare
  v_back record;
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_tokens));
  with back as (
    update public.messenger_messages m
       set status = 'pending', locked_until = null, counted = false, updated_at = clock_timestamp(),
           available_at = case when p_delay > '0' then clock_timestamp() + p_delay else m.available_at end
      from unnest(p_ids, p_tokens) a (id, token) where m.id = a.id and m.token = a.token and m.status = 'processing'
    returning m.id, m.token
  )
  select coalesce(array_agg(b.id), '{}') as ids, coalesce(array_agg(b.token), '{}') as tokens into v_back from back b;
  perform nova.messenger_settle(v_back.ids, v_back.tokens, true);
  return query
    select o.id, o.outcome from nova.messenger_outcomes(p_ids, p_tokens, v_back.ids, v_back.tokens, 'released') o;
end
$$;
comment on function public.messenger_release(bigint[], bigint[], interval) is
  'Gives messages back in front of the others, or after a delay (snooze), without an attempt: released, stale or gone.';

create or replace function public.messenger_extend(p_ids bigint[], p_tokens bigint[],
                                                   p_lease interval default '5 minutes')
returns table (id bigint, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_done record;
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_tokens));
  if p_lease is null or p_lease <= '0' then
    raise exception 'a lease is above zero, not %', p_lease using errcode = '22023';
  end if;
  update nova.messenger_claims c
     set locked_until = greatest(c.locked_until, clock_timestamp() + p_lease)
   where c.token = any (p_tokens);
  with done as (
    update public.messenger_messages m set locked_until = clock_timestamp() + p_lease, updated_at = clock_timestamp()
      from unnest(p_ids, p_tokens) a (id, token)
     where m.id = a.id and m.token = a.token and m.status = 'processing'
    returning m.id, m.token
  )
  select array_agg(d.id) as ids, array_agg(d.token) as tokens into v_done from done d;
  return query
    select o.id, o.outcome from nova.messenger_outcomes(p_ids, p_tokens, v_done.ids, v_done.tokens, 'extended') o;
end
$$;
comment on function public.messenger_extend(bigint[], bigint[], interval) is
  'The claims end so long from now: extended, stale or gone.';

create or replace function public.messenger_rescue(p_workers text[] default null, p_limit integer default 1000)
returns table (id bigint, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
#variable_conflict use_column
declare
  v_claim record;
  v_lost record;
begin
  perform nova.messenger_lower_floors();
  with back as (
    -- Of the future: the clock has gone back since, and a lease is as long as it was.
    update nova.messenger_claims c
       set locked_until = clock_timestamp() + (c.locked_until - c.claimed_at), claimed_at = clock_timestamp()
     where c.claimed_at > clock_timestamp() + interval '1 minute'
    returning c.*
  )
  update public.messenger_messages m set locked_until = b.locked_until, updated_at = clock_timestamp()
    from back b where m.id = any (b.messages) and m.token = b.token and m.status = 'processing';
  for v_claim in
    select c.token, c.messages from nova.messenger_claims c
     where c.locked_until <= clock_timestamp() or c.worker = any (p_workers)
     order by c.token limit p_limit for update skip locked
  loop
    -- A row of its own for each message whose claim is over; one whose time was extended keeps the claim alive.
    select array_agg(m.id order by m.id)
             filter (where m.crashes = 0
                        or m.attempts + 1 < coalesce(m.max_attempts, p.max_attempts) and not m.alone) as again,
           array_agg(m.id order by m.id)
             filter (where m.crashes > 0
                       and (m.attempts + 1 >= coalesce(m.max_attempts, p.max_attempts) or m.alone)) as dead
      into v_lost
      from (select *, o.locked_by like '% alone' as alone from public.messenger_messages o
             where o.id = any (v_claim.messages) and o.token = v_claim.token and o.status = 'processing'
               and (coalesce(o.locked_until, '-infinity') <= clock_timestamp() or o.locked_by = any (p_workers)
                    or o.locked_by = any (select w.name || ' alone' from unnest(p_workers) w (name)))
             -- Whoever says a late word about it just now is not waited for.
             order by o.id for no key update skip locked) m
     cross join lateral nova.messenger_policy(m.transport, m.type) p;
    update public.messenger_messages m
       set status = 'pending', locked_until = null, counted = false, crashes = m.crashes + 1,
           attempts = m.attempts + least(m.crashes, 1), last_error = 'the worker ended without a word',
           updated_at = clock_timestamp(),
           errors = nova.messenger_add_error(m.errors, m.attempts + least(m.crashes, 1), 'worker_lost',
                                             'the worker ended without a word', m.locked_by)
     where m.id = any (v_lost.again) and m.token = v_claim.token and m.status = 'processing';
    if v_lost.dead is not null then
      perform nova.messenger_bury(v_lost.dead, array_fill(v_claim.token, array[cardinality(v_lost.dead)]),
                                  'worker_lost', 'the worker ended without a word', 1);
    end if;
    delete from nova.messenger_slots s where s.message_id = any (v_lost.again);
    delete from nova.messenger_claims c where c.token = v_claim.token and not exists (
      select from public.messenger_messages m
       where m.id = any (v_claim.messages) and m.token = v_claim.token and m.status = 'processing');
    update nova.messenger_claims c set locked_until = (select max(m.locked_until) from public.messenger_messages m
        where m.id = any (v_claim.messages) and m.token = v_claim.token and m.status = 'processing')
     where c.token = v_claim.token;
    return query
      select i.id, 'released' from unnest(v_lost.again) i (id)
      union all
      select i.id, 'failed' from unnest(v_lost.dead) i (id);
  end loop;
end
$$;
comment on function public.messenger_rescue(text[], integer) is
  'Takes back what is claimed beyond its time, or by these workers, which are known to be dead: released (at '
  'once, the second crash on costs an attempt) or failed. Looks at p_limit claims.';

create or replace function nova.messenger_rescue_in_passing() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_now bigint := extract(epoch from clock_timestamp()) * 1000;
begin
  if v_now < nova.messenger_mark('nova.messenger_rescued', 1000) + 1000 then
    return;
  end if;
  perform pg_catalog.setval('nova.messenger_rescued', v_now);
  if exists (select from nova.messenger_claims c where c.locked_until <= clock_timestamp()
              or c.claimed_at > clock_timestamp() + interval '1 minute') then
    perform public.messenger_rescue(null, 100);
  end if;
end
$$;
comment on function nova.messenger_rescue_in_passing() is
  'messenger_rescue, once a second at most and only when a claim is over: claims do it, so that a lease ends by '
  'itself.';

create or replace function nova.messenger_unstick() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.status = 'processing' then
    update nova.messenger_claims c
       set locked_until = least(c.locked_until, coalesce(new.locked_until, clock_timestamp()))
     where c.token = new.token;
    return null;
  end if;
  delete from nova.messenger_slots s where s.message_id = new.id;
  new.counted := false;
  new.locked_until := null;
  return new;
end
$$;
comment on function nova.messenger_unstick() is
  'Follows hands that give a message back (status), or end its claim earlier (locked_until).';
create or replace trigger messenger_unstick_status before update of status on public.messenger_messages for each row
  when (old.status = 'processing' and new.status = 'pending' and new.counted) execute function nova.messenger_unstick();
create or replace trigger messenger_unstick_lease after update of locked_until on public.messenger_messages for each row
  when (old.status = 'processing' and new.status = 'processing' and new.token = old.token
        and (new.locked_until is null or new.locked_until < old.locked_until))
  execute function nova.messenger_unstick();

-- All of them, the oldest first, page by page.
create index if not exists messenger_failed_messages_oldest on public.messenger_failed_messages (failed_at, id);

create or replace function public.messenger_retry_failed(p_ids uuid[], p_by text default session_user,
                                                         p_force boolean default false, p_transport text default null,
                                                         p_spacing interval default '0',
                                                         p_delay interval default '0')
returns table (failed_id uuid, message_id bigint, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
#variable_conflict use_column
declare
  v_row public.messenger_failed_messages;
  v_new bigint;
  v_sent integer := 0;
begin
  for v_row in
      select f.* from public.messenger_failed_messages f
       where f.id = any (p_ids)
       order by f.failed_at, f.id for no key update loop
    if v_row.retried_at is not null and not p_force then
      return query select v_row.id, v_row.retried_as, 'already_retried';
      continue;
    end if;
    v_new := null;
    insert into public.messenger_messages (type, body, headers, transport, queue, priority, tenant_id, max_attempts,
                                           idempotency_key, retry_of, available_at)
    values (v_row.type, v_row.body, v_row.headers, coalesce(p_transport, v_row.transport), v_row.queue, v_row.priority,
            v_row.tenant_id, v_row.max_attempts, v_row.idempotency_key, v_row.id,
            now() + p_delay + v_sent * p_spacing)
        on conflict (transport, idempotency_key, (coalesce(tenant_id, '')))
           where idempotency_key is not null do nothing
    returning messenger_messages.id into v_new;
    if v_new is null then
      return query select v_row.id, null::bigint, 'duplicate'; -- its idempotency key was sent again meanwhile
      continue;
    end if;
    v_sent := v_sent + 1;
    update public.messenger_failed_messages f
       set retried_at = now(), retried_by = p_by, retried_as = v_new
     where f.id = v_row.id;
    return query select v_row.id, v_new, 'retried';
  end loop;
  return query select i.id, null::bigint, 'unknown' from unnest(p_ids) i (id)
                where not exists (select from public.messenger_failed_messages f where f.id = i.id);
end
$$;
comment on function public.messenger_retry_failed(uuid[], text, boolean, text, interval, interval) is
  'Sends failed messages again with all their attempts, after a delay, spaced out, and notes who did: retried, '
  'already_retried (again only with force), duplicate (its idempotency key lives), unknown.';

create or replace function public.messenger_prune(p_limit integer default 10000) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  v_late bigint[];
  v_gone bigint;
  v_total bigint;
begin
  select array_agg(m.id) into v_late from (select m.id from public.messenger_messages m
    where m.expires_at <= now() and m.status = 'pending' order by m.expires_at limit p_limit for update skip locked) m;
  v_total := coalesce(cardinality(nova.messenger_bury(v_late, null, 'expired', 'not done in time', 0)), 0);
  delete from public.messenger_messages m where m.id in (
    select k.id from public.messenger_messages k
     where k.status = 'completed' and k.key_expires_at <= now()
     order by k.key_expires_at limit p_limit for update skip locked);
  get diagnostics v_gone = row_count;
  v_total := v_total + v_gone;
  delete from public.messenger_failed_messages f where f.id in (
    select o.id from public.messenger_failed_messages o left join public.messenger_transports t on t.name = o.transport
     where o.failed_at < now() - coalesce(t.failed_kept, '30 days') limit p_limit);
  get diagnostics v_gone = row_count;
  return v_total + v_gone;
end
$$;
comment on function public.messenger_prune(integer) is
  'Upkeep: expired messages go to the failed ones, completed ones whose key is free again and failed ones '
  'beyond failed_kept go away. At most so many of each; returns how many.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['nova.messenger_policy(text, text)',
      'nova.messenger_backoff(integer, interval, double precision, interval, double precision)',
      'nova.messenger_add_error(jsonb, integer, text, text, text)',
      'nova.messenger_bury(bigint[], bigint[], text, text, integer, text[], text[])',
      'public.messenger_fail(bigint[], bigint[], text[], text[], text[], interval[])',
      'public.messenger_release(bigint[], bigint[], interval)',
      'public.messenger_extend(bigint[], bigint[], interval)',
      'public.messenger_rescue(text[], integer)',
      'nova.messenger_rescue_in_passing()',
      'nova.messenger_unstick()',
      'public.messenger_retry_failed(uuid[], text, boolean, text, interval, interval)',
      'public.messenger_prune(integer)']::regprocedure[] loop
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
select nova.plan_upkeep('messenger');
