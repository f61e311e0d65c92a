-- A backfill at work: the claims on its threads, and what becomes of them. How threads are found: 006_discovery.
-- The plan settings of some functions: see nova.store_messages.
-- Each function that can create or reopen work locks the configuration's row first (see 002_track_thread_completion).

create or replace function nova.expect_backfill(p_config_id uuid, p_statuses text[])
returns public.flux_inbox_configurations
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
begin
  select * into v_config from public.flux_inbox_configurations c where c.id = p_config_id;
  if not found then
    raise exception 'there is no backfill %', coalesce(p_config_id::text, 'null') using errcode = 'NV005',
      hint = 'List them: select id, backfill_status from flux_inbox_configurations';
  elsif v_config.backfill_status <> all (p_statuses) then
    raise exception 'backfill % is %, not %', p_config_id, v_config.backfill_status, array_to_string(p_statuses, ' or ')
      using errcode = 'NV008', hint = 'Start a new backfill, or retry this one.';
  end if;
  return v_config;
end
$$;
comment on function nova.expect_backfill is
  'Gives the row of a configuration. NV005 unknown, NV008 not in one of these states.';

create or replace function nova.lock_backfill(p_config_id uuid, p_statuses text[])
returns public.flux_inbox_configurations
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform from public.flux_inbox_configurations c where c.id = p_config_id for no key update;
  return nova.expect_backfill(p_config_id, p_statuses);
end
$$;
comment on function nova.lock_backfill is
  'Locks a configuration and gives its row. NV005 unknown, NV008 not in one of these states.';

create or replace function nova.backfill_attempts() returns integer
language sql immutable set search_path = pg_catalog, pg_temp as $$ select 3 $$;
comment on function nova.backfill_attempts is 'So many failures in a row make a backfill failed.';

create or replace function nova.thread_attempts() returns integer
language sql immutable set search_path = pg_catalog, pg_temp as $$ select 5 $$;
comment on function nova.thread_attempts is 'So many failures make a thread failed.';

create or replace function nova.resume_backfill(p_config_id uuid, p_who text, p_why text) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
  v_to text;
begin
  v_config := nova.lock_backfill(p_config_id, array['paused', 'failed']);
  v_to := case when v_config.discovery_done then 'thread_sync'
               when exists (select from public.backfill_windows w where w.config_id = p_config_id) then 'discovering'
               else 'pending' end;
  update public.flux_inbox_configurations c set attempts = 0 where c.id = p_config_id;
  perform nova.move_backfill(p_config_id, v_to, p_who, p_why);
  if v_to = 'thread_sync' then
    perform pg_notify('nova_threads', '');
  else
    perform pgmq.send('inbox_backfill_jobs', jsonb_build_object('config_id', p_config_id, 'inbox_id', v_config.inbox_id,
      'start_date', v_config.backfill_start, 'end_date', v_config.backfill_end));
  end if;
  return v_to;
end
$$;
comment on function nova.resume_backfill is
  'A paused or failed backfill goes on where it stopped, with its job sent again when it was discovering. '
  'Returns its new state.';

create or replace function nova.fair_shares(p_busy bigint[], p_waiting bigint[], p_limit bigint) returns bigint[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_shares bigint[];
  v_left bigint;
  v_level bigint := 0;
  v_middle bigint;
  v_high bigint;
begin
  -- Everybody may fill up to one level, the highest that takes no more than the limit.
  select max(r.busy) + p_limit into v_high from unnest(p_busy) r (busy);
  while v_level < v_high loop
    v_middle := (v_level + v_high + 1) / 2;
    if (select sum(least(r.waiting, greatest(0, v_middle - r.busy)))
          from unnest(p_busy, p_waiting) r (busy, waiting)) <= p_limit then
      v_level := v_middle;
    else
      v_high := v_middle - 1;
    end if;
  end loop;
  v_shares := array(select least(r.waiting, greatest(0, v_level - r.busy))
                      from unnest(p_busy, p_waiting) with ordinality r (busy, waiting, ord) order by r.ord);
  -- What is left is less than one for each who could fill more; it goes to the first of them.
  v_left := p_limit - (select sum(r.share) from unnest(v_shares) r (share));
  for i in 1..cardinality(v_shares) loop
    if v_left > 0 and p_busy[i] <= v_level and p_waiting[i] > v_shares[i] then
      v_shares[i] := v_shares[i] + 1;
      v_left := v_left - 1;
    end if;
  end loop;
  return v_shares;
end
$$;
comment on function nova.fair_shares is
  'How many of p_limit each gets who has p_busy[i] under way and p_waiting[i] to do: who has least under way is '
  'served first, so that a large mailbox does not keep a small one waiting.';

create or replace function nova.claim_threads(p_node text, p_epoch bigint, p_limit integer)
returns table (config_id uuid, thread_id text, token bigint, attempts integer, inbox_id uuid, grant_id text,
               named text[])
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
declare
  v_configs uuid[];
  v_inboxes uuid[];
  v_grants text[];
  v_busy bigint[];
  v_waiting bigint[];
  v_token bigint := nextval('nova.claim_tokens');
begin
  if exists (select from nova.cluster_nodes n where n.epoch = p_epoch and n.ended_at is not null) then
    return;
  end if;
  select array_agg(r.id), array_agg(r.inbox_id), array_agg(r.grant_id), array_agg(r.busy), array_agg(r.waiting)
    into v_configs, v_inboxes, v_grants, v_busy, v_waiting
    from (select s.config_id as id, i.id as inbox_id, i.grant_id, s.threads_processing as busy,
                 s.threads_queued - s.threads_processing - s.threads_completed - s.threads_failed as waiting
            from public.inbox_sync_stats s
            join public.flux_inboxes i on i.id = s.inbox_id and i.status = 'active'
           where s.backfill_status in ('discovering', 'thread_sync')
             and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
             and s.threads_queued > s.threads_processing + s.threads_completed + s.threads_failed
           order by s.threads_processing, s.config_id limit p_limit) r;
  if v_configs is null or p_limit < 1 then
    return;
  end if;
  return query
  with picked as (
    select p.config_id, p.thread_id, share.inbox_id, share.grant_id
      from unnest(v_configs, v_inboxes, v_grants, nova.fair_shares(v_busy, v_waiting, p_limit))
             share (id, inbox_id, grant_id, quota),
           lateral (select q.config_id, q.thread_id from public.queued_threads q
                     where q.config_id = share.id and q.status = 'queued' and q.next_attempt_at <= now()
                     order by q.latest_message_at desc nulls last limit share.quota for no key update skip locked) p)
  update public.queued_threads q
     set status = 'processing', claim_node = p_node, claim_epoch = p_epoch, claim_token = v_token, claimed_at = now()
    from picked p where q.config_id = p.config_id and q.thread_id = p.thread_id
  returning q.config_id, q.thread_id, v_token, q.attempts, p.inbox_id, p.grant_id, q.named;
  if not found then
    return;
  end if;
  -- A process that was stopped and wakes may ask before it notices that it was declared dead: what
  -- it claimed then, nobody would release. The lock makes whoever ends this incarnation wait for
  -- this claim, and see it. It comes last, and waits for nobody: the statements above may wait for
  -- as long as somebody has a table locked, and meanwhile nothing may be held that membership
  -- needs. An epoch that never joined is a program without a cluster.
  perform from nova.cluster_nodes n where n.epoch = p_epoch and n.ended_at is null for key share skip locked;
  if not found and exists (select from nova.cluster_nodes n where n.epoch = p_epoch) then
    raise exception 'the incarnation % of node "%" has ended, or ends now', p_epoch, p_node
      using errcode = 'NV010', hint = 'It claims nothing any more; a new incarnation does.';
  end if;
end
$$;
comment on function nova.claim_threads is
  'Claims up to p_limit due threads for a node''s incarnation: newest first within a backfill, fair between '
  'backfills, skipping what others lock, paused backfills and inboxes that cannot be called. None for an '
  'incarnation that ended; NV010 when it ended meanwhile.';

create or replace function nova.missing_of(p_config_id uuid, p_named text[]) returns text
language sql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
  select string_agg(n.id, ', ')
    from public.flux_inbox_configurations c, unnest(p_named) n (id)
   where c.id = p_config_id
     and not exists (select from public.flux_email_messages m
                      where m.nylas_message_id = n.id and m.inbox_id = c.inbox_id
                        and (m.deleted_at is not null or not m.provisional))
     and not exists (select from nova.excused_messages e where e.config_id = p_config_id and e.nylas_message_id = n.id)
$$;
comment on function nova.missing_of is 'Those of the named messages that are neither stored nor excused; null: none.';

create or replace function nova.finish_threads(p_config_id uuid[], p_thread_id text[], p_token bigint[],
                                               p_messages integer[])
returns setof boolean
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
declare
  v_accepted boolean[] := array_fill(false, array[coalesce(cardinality(p_thread_id), 0)]);
  v_limit constant integer := nova.thread_attempts();
  v_ord bigint;
begin
  perform nova.expect_equal_lengths(cardinality(p_config_id), cardinality(p_thread_id), cardinality(p_token),
                                    cardinality(p_messages));
  -- Rows are locked in the order in which discovery writes them.
  for v_ord in
    update public.queued_threads q
       set status = 'completed', messages_synced = g.messages, processed_at = now(), error_message = null,
           claim_token = null, claim_node = null, claimed_at = null
      from (select *
              from unnest(p_config_id, p_thread_id, p_token, p_messages)
                     with ordinality l (config_id, thread_id, token, messages, ord)
             order by l.config_id, l.thread_id collate "C") g
     where q.config_id = g.config_id and q.thread_id = g.thread_id and q.claim_token = g.token and q.named is null
    returning g.ord
  loop
    v_accepted[v_ord] := true;
  end loop;
  if true = all (v_accepted) then
    return query select unnest(v_accepted);
    return;
  end if;
  for v_ord in
    update public.queued_threads q
       set status = case when m.missing is null then 'completed'
                         when q.attempts + 1 < v_limit then 'queued'
                         else 'failed' end,
           messages_synced = m.messages,
           processed_at = case when m.missing is null or q.attempts + 1 >= v_limit then now() end,
           attempts = q.attempts + case when m.missing is null then 0 else 1 end,
           next_attempt_at = case when m.missing is null then q.next_attempt_at else now() + interval '1 second' end,
           error_message = 'the provider names messages of it and does not give them: ' || m.missing,
           named = case when m.missing is not null then q.named end, claim_token = null, claim_node = null,
           claimed_at = null
      from (select g.config_id, g.thread_id, g.token, g.messages, g.ord,
                   left(nova.missing_of(t.config_id, t.named), 1000) as missing
              from unnest(p_config_id, p_thread_id, p_token, p_messages)
                     with ordinality g (config_id, thread_id, token, messages, ord)
              join public.queued_threads t
                on t.config_id = g.config_id and t.thread_id = g.thread_id and t.claim_token = g.token
             where not v_accepted[g.ord]
             order by g.config_id, g.thread_id collate "C") m
     where q.config_id = m.config_id and q.thread_id = m.thread_id and q.claim_token = m.token
    returning m.ord
  loop
    v_accepted[v_ord] := true;
  end loop;
  -- Named twice, a claim is ended once, and its answer is the same in both places.
  return query select bool_or(v_accepted[g.ord]) over (partition by g.config_id, g.thread_id, g.token)
                 from unnest(p_config_id, p_thread_id, p_token) with ordinality g (config_id, thread_id, token, ord)
                order by g.ord;
end
$$;
comment on function nova.finish_threads is
  'Ends claims well: completed when every message that the provider named is stored or excused, else queued '
  'again or at the last attempt failed. Answers in order whether each token was still good.';

create or replace function nova.fail_threads(
  p_config_id uuid[], p_thread_id text[], p_token bigint[], p_reason text[], p_permanent boolean[],
  p_throttled boolean[], p_delay_ms bigint[])
returns setof boolean
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
declare
  v_accepted boolean[] := array_fill(false, array[coalesce(cardinality(p_thread_id), 0)]);
  v_limit constant integer := nova.thread_attempts();
  v_ord bigint;
begin
  perform nova.expect_equal_lengths(cardinality(p_config_id), cardinality(p_thread_id), cardinality(p_token),
                                    cardinality(p_reason), cardinality(p_permanent), cardinality(p_throttled),
                                    cardinality(p_delay_ms));
  for v_ord in
    update public.queued_threads q
       set status = case when not g.throttled and (g.permanent or q.attempts + 1 >= v_limit) then 'failed'
                         else 'queued' end,
           processed_at = case when not g.throttled and (g.permanent or q.attempts + 1 >= v_limit) then now() end,
           attempts = q.attempts + case when g.throttled then 0 else 1 end,
           next_attempt_at = case when not g.throttled and (g.permanent or q.attempts + 1 >= v_limit)
                                  then case q.revisits
                                         when 0 then now() + interval '1 day'
                                         when 1 then now() + interval '7 days'
                                         else 'infinity' end
                                  else now() + g.delay_ms * interval '1 millisecond' end, error_message = g.reason,
           claim_token = null, claim_node = null, claimed_at = null
      from unnest(p_config_id, p_thread_id, p_token, p_reason, p_permanent, p_throttled, p_delay_ms) with ordinality
             g (config_id, thread_id, token, reason, permanent, throttled, delay_ms, ord)
     where q.config_id = g.config_id and q.thread_id = g.thread_id and q.claim_token = g.token
    returning g.ord
  loop
    v_accepted[v_ord] := true;
  end loop;
  -- Named twice, a claim is ended once, and its answer is the same in both places.
  return query select bool_or(v_accepted[g.ord]) over (partition by g.config_id, g.thread_id, g.token)
                 from unnest(p_config_id, p_thread_id, p_token) with ordinality g (config_id, thread_id, token, ord)
                order by g.ord;
end
$$;
comment on function nova.fail_threads is
  'Ends claims without success: failed when permanent or out of attempts, else queued again after p_delay_ms. '
  'A throttle counts no attempt. What failed is due again after a day, then after a week '
  '(nova.revisit_threads). Answers in order whether each token was still good.';

create or replace function nova.release_threads(p_node text default null, p_epoch bigint default null)
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count bigint;
begin
  update public.queued_threads q
     set status = 'queued', claim_token = null, claim_node = null, claimed_at = null
   where q.config_id in (select s.config_id from public.inbox_sync_stats s where s.threads_processing > 0)
     and q.status = 'processing'
     and (p_node is null or q.claim_node = p_node) and (p_epoch is null or q.claim_epoch = p_epoch);
  get diagnostics v_count = row_count;
  if v_count > 0 then
    perform pg_notify('nova_threads', '');
  end if;
  return v_count;
end
$$;
comment on function nova.release_threads is
  'Queues again what a node (null: any), one incarnation of it (null: any), holds. No attempt is counted. '
  'Returns how many.';

-- What an ended node had claimed is free in the same transaction that ends it.

create or replace function nova.release_ended_node() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '250ms' as $$
begin
  perform nova.release_threads(new.name, new.epoch);
  update nova.parked_notifications p set due_at = clock_timestamp(), claimed_by = null where p.claimed_by = new.epoch;
  return null;
exception when lock_not_available then
  -- Whoever judges waits for nobody who has a table locked: nova.expire_nodes tries again.
  update nova.cluster_nodes set left_behind = true where id = new.id;
  return null;
end
$$;
comment on function nova.release_ended_node is
  'Gives back the threads and the parked notifications of an incarnation that left or was declared dead.';

drop trigger if exists release_claims on nova.cluster_nodes;
create trigger release_claims after update of ended_at, left_behind on nova.cluster_nodes
  for each row when (new.ended_at is not null and not new.left_behind
                     and (old.ended_at is null or old.left_behind))
  execute function nova.release_ended_node();

create or replace function nova.retry_failed_threads(p_config_id uuid, p_thread_id text[], p_who text) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
  v_count bigint;
begin
  v_config := nova.lock_backfill(p_config_id, array['discovering', 'thread_sync', 'paused', 'completed', 'failed']);
  update public.queued_threads q
     set status = 'queued', attempts = 0, revisits = 0, next_attempt_at = '-infinity', processed_at = null,
         error_message = null
   where q.config_id = p_config_id and q.status = 'failed' and (p_thread_id is null or q.thread_id = any (p_thread_id));
  get diagnostics v_count = row_count;
  if v_count > 0 and (v_config.backfill_status = 'completed'
                      or v_config.backfill_status = 'failed' and v_config.discovery_done) then
    perform nova.move_backfill(p_config_id, 'thread_sync', p_who, v_count || ' failed threads again');
  end if;
  if v_count > 0 then
    perform pg_notify('nova_threads', '');
  end if;
  return v_count;
end
$$;
comment on function nova.retry_failed_threads is
  'Queues failed threads of a backfill again (null: all of them) with their attempts back, and reopens it. '
  'Returns how many.';

create or replace function nova.revisit_threads(p_limit integer) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_due record;
  v_config public.flux_inbox_configurations;
  v_queued bigint;
  v_count bigint := 0;
begin
  for v_due in
    select d.config_id, array_agg(d.thread_id) as threads
      from (select q.config_id, q.thread_id
              from public.queued_threads q
              join public.flux_inbox_configurations c on c.id = q.config_id
               and c.backfill_status in ('discovering', 'thread_sync', 'completed')
              join public.flux_inboxes i on i.id = c.inbox_id and i.status = 'active'
             where q.status = 'failed' and q.next_attempt_at <= now()
               and (c.backfill_status <> 'completed' or not exists (
                      select from public.flux_inbox_configurations o
                       where o.inbox_id = c.inbox_id
                         and o.backfill_status in ('pending', 'discovering', 'thread_sync', 'paused')))
             order by q.next_attempt_at limit p_limit) d
     group by d.config_id order by d.config_id
  loop
    select * into v_config from public.flux_inbox_configurations c where c.id = v_due.config_id for no key update;
    continue when v_config.backfill_status not in ('discovering', 'thread_sync', 'completed');
    update public.queued_threads q
       set status = 'queued', attempts = nova.thread_attempts() - 1, revisits = q.revisits + 1,
           next_attempt_at = '-infinity', processed_at = null
     where q.config_id = v_due.config_id and q.thread_id = any (v_due.threads) and q.status = 'failed'
       and q.next_attempt_at <= now();
    get diagnostics v_queued = row_count;
    if v_queued > 0 and v_config.backfill_status = 'completed' then
      perform nova.move_backfill(v_due.config_id, 'thread_sync', 'completion_monitor',
                                 v_queued || ' failed threads are asked for once more');
    end if;
    v_count := v_count + v_queued;
  end loop;
  if v_count > 0 then
    perform pg_notify('nova_threads', '');
  end if;
  return v_count;
end
$$;
comment on function nova.revisit_threads is
  'Queues at most p_limit failed threads for one more attempt each, a day after they failed and once more a '
  'week later, and reopens their backfills unless the inbox has another that runs. Returns how many.';

revoke all on all functions in schema nova from public;
