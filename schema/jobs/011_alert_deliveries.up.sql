-- Sending: what is to be told is gathered into one message a recipient, claimed with a token for a lease, sent, and
-- ended with what became of it. The time is an argument, so that what takes hours can be looked at in no time.

create or replace function nova.alert_address(p_kind text, p_address text, p_channel text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case when p_address = '' then p_channel
              when p_kind = 'webhook' then regexp_replace(p_address, '^(https?://)([^/?#]*@)?([^/?#]*).*$',
                                                               E'\\1\\3/***')
              else p_address end
$$;
comment on function nova.alert_address(text, text, text) is
  'A recipient for people: of a webhook the host alone, for the rest of its address is often its secret.';

create or replace function nova.is_end_of_alert(p_what text) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select p_what in ('ended', 'recovered')
$$;
comment on function nova.is_end_of_alert(text) is 'Whether a notice says that something is over.';

create or replace function nova.gather_alerts(p_gather interval, p_hold interval, p_now timestamptz) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_made bigint[];
begin
  if not exists (select from nova.alert_notices n where n.delivery is null) then
    return 0; -- nearly always
  end if;
  with still_open as materialized (
    select distinct n.recipient, a.kind
      from nova.alerts a join nova.alert_notices n on n.alert = a.id where a.ended_at is null
  ), waiting as (
    select n.recipient,
           -- While others of the kind go on, an end waits for theirs: a hundred ends are one message too.
           min(n.created_at + case when nova.is_end_of_alert(n.what) and o.kind is not null then p_hold
                                   else p_gather end) as due_at
      from nova.alert_notices n
      join nova.alerts a on a.id = n.alert
      left join still_open o on o.recipient = n.recipient and o.kind = a.kind
     where n.delivery is null group by n.recipient
  ), made as (
    insert into nova.alert_deliveries (recipient, created_at, next_attempt_at)
    select r.id, p_now, p_now
      from waiting w
      join nova.alert_recipients r on r.id = w.recipient
     where w.due_at <= p_now and (r.last_told_at is null or r.last_told_at + r.window_length <= p_now
                                  -- The clock went back: a window is no longer than it was.
                                  or r.last_told_at > p_now + interval '1 minute')
       and (r.paused_at is null or r.try_at <= p_now)
     order by r.id
        on conflict (recipient) where state in ('pending', 'sending') do nothing
    returning id, recipient
  ), put as (
    update nova.alert_notices n set delivery = m.id
      from made m where n.recipient = m.recipient and n.delivery is null returning m.id
  )
  select array_agg(distinct p.id) into v_made from put p;
  update nova.alert_deliveries d set thread = f.thread
    from (select distinct on (n.delivery) n.delivery, coalesce(e.thread, e.id) as thread
            from nova.alert_notices n
            join nova.alert_notices b on b.alert = n.alert and b.recipient = n.recipient and b.delivery < n.delivery
            join nova.alert_deliveries e on e.id = b.delivery
           where n.delivery = any (v_made) order by n.delivery, e.id) f
   where d.id = f.delivery;
  return coalesce(cardinality(v_made), 0);
end
$$;
comment on function nova.gather_alerts(interval, interval, timestamptz) is
  'Makes a message for each recipient who has been waiting for longer than p_gather, whose window is over and who has '
  'none under way; what is over waits up to p_hold for others of its kind. Returns how many.';

create or replace function nova.alert_items(p_delivery bigint) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
  with told as (
    select a.id, a.kind, a.key, a.severity, a.title, a.details, a.opened_at, a.ended_at, a.count,
           bool_or(not nova.is_end_of_alert(n.what)) as begins, bool_or(nova.is_end_of_alert(n.what)) as ends,
           bool_and(n.what in ('event', 'success')) as is_event
      from nova.alert_notices n join nova.alerts a on a.id = n.alert
     where n.delivery = p_delivery group by a.id
  )
  select jsonb_build_object(
    'kinds', (select coalesce(jsonb_agg(jsonb_build_object(
                       'kind', k.kind, 'events', k.events, 'opened', k.opened, 'ended', k.ended, 'severity', k.severity,
                       'open', (select count(distinct o.id) from nova.alert_notices m
                                  join nova.alerts o on o.id = m.alert
                                 where m.recipient = d.recipient and o.kind = k.kind and o.ended_at is null))
                       order by k.kind), '[]')
                from (select t.kind, count(*) filter (where t.is_event) as events,
                             count(*) filter (where t.begins and not t.is_event) as opened,
                             count(*) filter (where t.ends) as ended,
                             (array_agg(t.severity order by nova.severity_rank(t.severity) desc))[1] as severity
                        from told t group by t.kind) k),
    'alerts', (select coalesce(jsonb_agg(to_jsonb(s) - 'id'), '[]')
                 from (select * from told t
                        order by t.ends, nova.severity_rank(t.severity) desc, t.opened_at, t.id limit 50) s))
    from nova.alert_deliveries d where d.id = p_delivery
$$;
comment on function nova.alert_items(bigint) is
  'What a message says: counts of each kind, and the first 50 alerts, the worst first, what is over last.';

create or replace function nova.show_sync_alerts(p_deliveries bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if to_regprocedure('nova.note_sync_alerts(bigint[])') is not null
     and to_regclass('public.integration_alert_history') is not null then
    execute 'select nova.note_sync_alerts($1)' using p_deliveries;
  end if;
end
$$;
comment on function nova.show_sync_alerts(bigint[]) is
  'Writes what became of messages into integration_alert_history, where that system is installed.';

create or replace function nova.end_alert_deliveries(p_ids bigint[], p_tokens bigint[], p_verdicts text[],
                                                     p_classes text[], p_errors text[], p_waits interval[],
                                                     p_now timestamptz)
returns table (id bigint, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  c_failures constant integer := 3; -- messages in a row that are given up until a recipient is paused
  c_pause constant interval := '15 minutes';
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_tokens), cardinality(p_verdicts),
                                    cardinality(p_classes), cardinality(p_errors), cardinality(p_waits));
  return query
    with asked as (
      select * from unnest(p_ids, p_tokens, p_verdicts, p_classes, p_errors, p_waits)
                      with ordinality as a (id, token, verdict, class, error, wait, n)
    ), ended as (
      update nova.alert_deliveries d
         set attempts = d.attempts + case when a.verdict in ('later', 'refused', 'stopped') then 0 else 1 end,
             state = case when a.verdict in ('sent', 'failed') then a.verdict else 'pending' end,
             ended_at = case when a.verdict in ('sent', 'failed') then p_now end,
             error_class = nullif(a.class, ''), error = nullif(left(a.error, 500), ''),
             next_attempt_at = p_now + a.wait, worker = null, token = null, lease_until = null
        from asked a
       where d.id = a.id and d.token = a.token and d.state = 'sending'
      returning d.id, d.recipient, a.token, a.verdict, left(a.error, 500) as error
    ), noted as (
      update nova.alert_recipients r
         set last_told_at = case when e.verdict in ('sent', 'failed') then p_now else r.last_told_at end,
             failures = case e.verdict when 'sent' then 0 when 'failed' then r.failures + 1 else r.failures end,
             paused_at = case when p.paused then coalesce(r.paused_at, p_now) end,
             pause_reason = case when p.paused then e.error end,
             try_at = case when p.paused then p_now + c_pause end
        from ended e, nova.alert_recipients b,
             lateral (select e.verdict = 'refused' or e.verdict = 'failed' and b.failures + 1 >= c_failures
                             or e.verdict in ('retry', 'later', 'stopped') and b.paused_at is not null as paused) p
       where r.id = e.recipient and b.id = r.id
      returning r.kind, e.verdict, e.error
    ), stopped as (
      insert into nova.alert_transports as t (kind, paused_at, pause_reason, try_at)
      select distinct on (m.kind) m.kind, p_now, m.error, p_now + c_pause from noted m where m.verdict = 'stopped'
          on conflict (kind) do update set pause_reason = excluded.pause_reason, try_at = excluded.try_at
    ), working as (
      delete from nova.alert_transports t
       where exists (select from noted m where m.kind = t.kind and m.verdict in ('sent', 'failed'))
         and not exists (select from noted m where m.kind = t.kind and m.verdict = 'stopped')
    )
    select a.id, case when e.id is not null then 'accepted' when d.id is null then 'gone' else 'stale' end
      from asked a
      left join ended e on e.id = a.id and e.token = a.token
      left join nova.alert_deliveries d on d.id = a.id
     order by a.n;
  perform nova.show_sync_alerts(p_ids);
end
$$;
comment on function nova.end_alert_deliveries(bigint[], bigint[], text[], text[], text[], interval[], timestamptz) is
  'What became of messages: sent; retry, after a wait; later, which costs no attempt; failed, given up; refused, its '
  'recipient stands still; stopped, all of its kind do. Per message accepted, stale (the token is not that of its '
  'claim) or gone.';

create or replace function nova.claim_alert_deliveries(p_worker text, p_kind text, p_limit integer, p_lease interval,
                                                       p_attempts integer, p_now timestamptz)
returns table (id bigint, token bigint, attempts integer, address text, format text, url text, url_secret text,
               secret_name text, allow_private boolean, message_id text, thread text, created_at timestamptz,
               items jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  c_pause constant interval := '15 minutes';
  v_stopped timestamptz;
  v_limit integer := p_limit;
  v_claimed bigint[];
begin
  perform nova.expect_lease(p_lease);
  -- Whose sender did not report within its lease has had its attempt: one that ends its senders ends too.
  perform nova.end_alert_deliveries(array_agg(l.id), array_agg(l.token),
            array_agg(case when l.attempts + 1 >= p_attempts then 'failed' else 'retry' end),
            array_agg('lost'::text), array_agg('its sender ended without a word: ' || l.worker),
            array_agg(interval '1 minute'), p_now)
     from (select d.id, d.token, d.attempts, d.worker from nova.alert_deliveries d
            where d.state = 'sending' and d.lease_until <= p_now
            order by d.id limit p_limit for update skip locked) l
   having count(*) > 0;
  select t.try_at into v_stopped from nova.alert_transports t where t.kind = p_kind for update;
  if v_stopped > p_now and v_stopped <= p_now + c_pause then
    return;
  elsif found then
    v_limit := least(v_limit, 1); -- one tries
    update nova.alert_transports t set try_at = p_now + c_pause where t.kind = p_kind;
  end if;
  with due as (
    select d.id, d.recipient
      from nova.alert_deliveries d
      join nova.alert_recipients r on r.id = d.recipient
     where d.state = 'pending' and r.kind = p_kind
       -- Written in the future, before the clock went back: due.
       and (d.next_attempt_at <= p_now or d.created_at > p_now + interval '1 minute')
       and (r.paused_at is null or r.try_at <= p_now or r.try_at > p_now + c_pause)
     order by d.next_attempt_at, d.id limit v_limit for update of d skip locked
  ), tries as (
    update nova.alert_recipients r set try_at = p_now + c_pause
      from due where r.id = due.recipient and r.paused_at is not null
  ), claimed as (
    update nova.alert_deliveries d
       set state = 'sending', worker = p_worker, token = nextval('nova.alert_tokens'), lease_until = p_now + p_lease,
           created_at = least(d.created_at, p_now)
      from due where d.id = due.id returning d.id
  )
  select array_agg(c.id) into v_claimed from claimed c;
  perform nova.show_sync_alerts(v_claimed);
  return query
    select d.id, d.token, d.attempts, r.address, coalesce(c.format, 'nova'), coalesce(c.url, case when r.channel is null
           and r.kind = 'webhook' then r.address end, ''), coalesce(c.url_secret, ''),
           coalesce(c.secret_name, ''), coalesce(c.allow_private, false), d.message_id::text,
           coalesce(f.message_id::text, ''), d.created_at, nova.alert_items(d.id)
      from nova.alert_deliveries d
      join nova.alert_recipients r on r.id = d.recipient
      left join nova.alert_channels c on c.id = r.channel
      left join nova.alert_deliveries f on f.id = d.thread
     where d.id = any (v_claimed) order by d.id;
end
$$;
comment on function nova.claim_alert_deliveries(text, text, integer, interval, integer, timestamptz) is
  'Takes messages of a kind that are due. Of what stands still one is tried each quarter of an hour. A message whose '
  'sender did not report within its lease has had one of p_attempts.';

create or replace function nova.prune_alerts(p_limit integer default 10000) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_kept constant interval := '90 days';
  c_untold constant interval := '7 days'; -- nobody wants to hear of it later
  v_total bigint;
  v_gone bigint;
begin
  delete from nova.alert_notices n
   where n.id in (select o.id from nova.alert_notices o
                    join nova.alerts a on a.id = o.alert
                   where o.delivery is null and o.created_at < clock_timestamp() - c_untold and a.ended_at is not null
                   limit p_limit);
  get diagnostics v_total = row_count;
  delete from nova.alerts a
   where a.id in (select o.id from nova.alerts o where o.ended_at < clock_timestamp() - c_kept limit p_limit);
  get diagnostics v_gone = row_count;
  v_total := v_total + v_gone;
  delete from nova.alert_deliveries d
   where d.id in (select o.id from nova.alert_deliveries o
                   where o.ended_at < clock_timestamp() - c_kept
                     and not exists (select from nova.alert_notices n where n.delivery = o.id) limit p_limit);
  get diagnostics v_gone = row_count;
  v_total := v_total + v_gone;
  delete from nova.alert_recipients r
   where r.channel is null and not exists (select from nova.alert_notices n where n.recipient = r.id)
     and not exists (select from nova.alert_deliveries d where d.recipient = r.id)
     and not exists (select from nova.alert_channels c where c.kind = r.kind and r.address = any (c.recipients));
  get diagnostics v_gone = row_count;
  return v_total + v_gone;
end
$$;
comment on function nova.prune_alerts(integer) is
  'Forgets alerts that are over for 90 days with their messages, and notices of what is over that were not sent for 7; '
  'at most so many of each. Returns how many rows.';

revoke all on function nova.alert_address(text, text, text), nova.is_end_of_alert(text),
  nova.gather_alerts(interval, interval, timestamptz), nova.alert_items(bigint), nova.show_sync_alerts(bigint[]),
  nova.end_alert_deliveries(bigint[], bigint[], text[], text[], text[], interval[], timestamptz),
  nova.claim_alert_deliveries(text, text, integer, interval, integer, timestamptz),
  nova.prune_alerts(integer) from public;
