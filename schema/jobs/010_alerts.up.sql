-- Alerts: what is wrong, from its first sign to its end, or what happened once; who is told of it, and by which
-- channel. Each is a row before anybody is told. What is told is gathered and sent by 014.

create table if not exists nova.alert_channels (
  id bigint generated always as identity primary key,
  name text not null unique constraint alert_channels_name
    check (name ~ '^[a-z0-9_][a-z0-9_.-]{0,62}$' and name <> 'smtp'),
  kind text not null constraint alert_channels_kind check (kind in ('email', 'webhook')),
  recipients text[] not null default '{}',
  url text constraint alert_channels_url check (url ~ '^https?://[^[:space:]]+$' and octet_length(url) <= 2048),
  url_secret text,
  secret_name text,
  format text not null default 'nova' constraint alert_channels_format check (format in ('nova', 'slack', 'pagerduty')),
  allow_private boolean not null default false,
  kinds text[] not null default '{}',
  window_length interval not null default '2 minutes' constraint alert_channels_window
    check (window_length between interval '0' and interval '1 day'),
  enabled boolean not null default true,
  set_by name not null default session_user,
  set_at timestamptz not null default clock_timestamp(),
  constraint alert_channels_target check (
    case kind when 'email' then cardinality(recipients) >= 1 and cardinality(recipients) <= 100
                              and num_nonnulls(url, url_secret) = 0
              else cardinality(recipients) = 0 and num_nonnulls(url, url_secret) = 1 end),
  constraint alert_channels_key check (format <> 'pagerduty' or secret_name is not null)
);
comment on table nova.alert_channels is 'Ways on which people are told of alerts. No row has a secret, only its name.';
comment on column nova.alert_channels.url_secret is
  'The secret that is the URL, for those whose address is all one needs to write there, as Slack''s.';
comment on column nova.alert_channels.secret_name is 'What signs a webhook of format nova; PagerDuty''s routing key.';
comment on column nova.alert_channels.kinds is 'Kinds of alerts that are told here; empty: all.';
comment on column nova.alert_channels.window_length is 'The least time between two messages to one recipient.';

create table if not exists nova.alert_recipients (
  id bigint generated always as identity primary key,
  kind text not null constraint alert_recipients_kind check (kind in ('email', 'webhook')),
  address text not null,
  channel bigint references nova.alert_channels on delete cascade,
  window_length interval not null default '2 minutes',
  failures integer not null default 0,
  last_told_at timestamptz,
  paused_at timestamptz,
  pause_reason text,
  try_at timestamptz,
  constraint alert_recipients_once unique nulls not distinct (kind, address, channel),
  constraint alert_recipients_pause check (num_nulls(paused_at, pause_reason, try_at) in (0, 3))
) with (fillfactor = 80);
create index if not exists alert_recipients_channel on nova.alert_recipients (channel) where channel is not null;
comment on table nova.alert_recipients is
  'Who is told: an address of email, whichever channels and integrations name it, or a webhook.';
comment on column nova.alert_recipients.channel is
  'Of the webhook of a channel, which has no address here; null: an address of email, or an integration''s webhook.';
comment on column nova.alert_recipients.failures is 'Messages in a row that were given up; three pause it.';
comment on column nova.alert_recipients.try_at is 'While it is paused: when one message tries whether it works again.';

create table if not exists nova.alert_transports (
  kind text primary key,
  paused_at timestamptz not null,
  pause_reason text not null,
  try_at timestamptz not null
);
comment on table nova.alert_transports is
  'What stands still for all recipients of a kind: the mail server refuses the program. A row goes when it works '
  'again.';

create table if not exists nova.alerts (
  id bigint generated always as identity primary key,
  kind text not null constraint alerts_kind check (kind ~ '^[a-z0-9_]{1,63}$'),
  key text not null constraint alerts_key check (octet_length(key) <= 1000),
  severity text not null constraint alerts_severity check (severity in ('info', 'warning', 'critical')),
  told_severity text,
  title text not null,
  details jsonb not null default '{}',
  watched boolean not null default false,
  count bigint not null default 1,
  opened_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
) with (fillfactor = 80);
create unique index if not exists alerts_open on nova.alerts (kind, key) where ended_at is null;
create index if not exists alerts_ended on nova.alerts (ended_at) where ended_at is not null;
comment on table nova.alerts is
  'An outage of something (kind and key) from its first sign to its end, or an event, which ended when it began.';
comment on column nova.alerts.told_severity is 'The worst that was told; null: nothing yet.';
comment on column nova.alerts.watched is
  'It is open for as long as a finding says so; others are ended by who raised them.';
comment on column nova.alerts.count is 'How often it was raised.';

create table if not exists nova.alert_deliveries (
  id bigint generated always as identity primary key,
  recipient bigint not null references nova.alert_recipients on delete cascade,
  state text not null default 'pending'
    constraint alert_deliveries_state check (state in ('pending', 'sending', 'sent', 'failed')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  error_class text,
  error text,
  message_id uuid not null default gen_random_uuid(),
  thread bigint,
  worker text,
  token bigint,
  lease_until timestamptz,
  created_at timestamptz not null,
  ended_at timestamptz,
  constraint alert_deliveries_claim check ((state = 'sending') = (token is not null)
                                           and num_nulls(worker, token, lease_until) in (0, 3)),
  constraint alert_deliveries_ended check ((state in ('sent', 'failed')) = (ended_at is not null))
) with (fillfactor = 80);
create unique index if not exists alert_deliveries_one on nova.alert_deliveries (recipient)
  where state in ('pending', 'sending');
create index if not exists alert_deliveries_recipient on nova.alert_deliveries (recipient, id);
create index if not exists alert_deliveries_over on nova.alert_deliveries (ended_at) where ended_at is not null;
comment on table nova.alert_deliveries is 'A message to one recipient and what became of it. Nobody has two under way.';
comment on column nova.alert_deliveries.thread is
  'The first message of the same outage to the recipient: what this answers.';

create table if not exists nova.alert_notices (
  id bigint generated always as identity primary key,
  alert bigint not null references nova.alerts on delete cascade,
  recipient bigint not null references nova.alert_recipients on delete cascade,
  what text not null,
  sync_alert uuid,
  created_at timestamptz not null default clock_timestamp(),
  delivery bigint references nova.alert_deliveries on delete cascade,
  constraint alert_notices_once unique nulls not distinct (alert, recipient, what, sync_alert)
);
create index if not exists alert_notices_waiting on nova.alert_notices (recipient) where delivery is null;
create index if not exists alert_notices_recipient on nova.alert_notices (recipient);
create index if not exists alert_notices_delivery on nova.alert_notices (delivery) where delivery is not null;
comment on table nova.alert_notices is
  'The outbox: what of an alert is to be told to whom, and in which message it was.';
comment on column nova.alert_notices.what is
  'opened, worse, ended, event; of an integration''s recipients the type of their row in integration_alert_history.';
comment on column nova.alert_notices.sync_alert is 'That row, which shows what became of this.';

create sequence if not exists nova.alert_tokens;
comment on sequence nova.alert_tokens is 'Tokens of claims of messages about alerts.';

create or replace function nova.severity_rank(p_severity text) returns integer
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select array_position(array['info', 'warning', 'critical'], p_severity)
$$;
comment on function nova.severity_rank(text) is 'The higher the worse; null: there is no such severity.';

create or replace function nova.tell_channels(p_alerts bigint[], p_what text, p_channel bigint default null)
returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nova.alert_notices (alert, recipient, what)
  select distinct a.id, r.id, p_what
    from nova.alerts a
    join nova.alert_channels c on c.enabled and (c.kinds = '{}' or a.kind = any (c.kinds))
                                  and (p_channel is null or c.id = p_channel)
    join nova.alert_recipients r
      on r.channel = c.id
         or c.kind = 'email' and r.kind = 'email' and r.channel is null and r.address = any (c.recipients)
   where a.id = any (p_alerts)
      on conflict do nothing
$$;
comment on function nova.tell_channels(bigint[], text, bigint) is
  'Writes down that the recipients of the channels which want these alerts, or of one channel, are to be told.';

create or replace function nova.raise_alerts(p_kinds text[], p_keys text[], p_severities text[], p_titles text[],
                                             p_details text[], p_watched boolean default false) returns bigint[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_raised bigint[];
  v_opened bigint[];
  v_worse bigint[];
begin
  perform nova.expect_equal_lengths(cardinality(p_kinds), cardinality(p_keys), cardinality(p_severities));
  perform nova.expect_equal_lengths(cardinality(p_kinds), cardinality(p_titles), cardinality(p_details));
  with raised as (
    insert into nova.alerts as a (kind, key, severity, title, details, watched)
    select distinct on (r.kind, r.key) r.kind, left(r.key, 250), r.severity, left(r.title, 500),
           coalesce(r.details::jsonb, '{}'), p_watched
      from unnest(p_kinds, p_keys, p_severities, p_titles, p_details) r (kind, key, severity, title, details)
     order by r.kind, r.key -- all take rows in one order
        on conflict (kind, key) where ended_at is null do update
       set last_at = clock_timestamp(), count = a.count + case when excluded.watched then 0 else 1 end,
           title = excluded.title, details = excluded.details,
           severity = case when nova.severity_rank(excluded.severity) > nova.severity_rank(a.severity)
                           then excluded.severity else a.severity end
           -- What is looked at every few seconds is not written as often.
     where not excluded.watched or a.last_at < clock_timestamp() - interval '1 minute'
           or nova.severity_rank(excluded.severity) > nova.severity_rank(a.severity)
    returning a.id
  )
  select array_agg(r.id) into v_raised from raised r;
  with changed as (
    update nova.alerts a set told_severity = a.severity
      from nova.alerts before
     where before.id = a.id and a.id = any (v_raised) and a.told_severity is distinct from a.severity
    returning a.id, before.told_severity is null as is_new
  )
  select array_agg(c.id) filter (where c.is_new), array_agg(c.id) filter (where not c.is_new)
    into v_opened, v_worse from changed c;
  perform nova.tell_channels(v_opened, 'opened');
  perform nova.tell_channels(v_worse, 'worse');
  return coalesce(v_raised, '{}');
end
$$;
comment on function nova.raise_alerts(text[], text[], text[], text[], text[], boolean) is
  'Opens outages, or counts them once more where they are open, and has those told of them who want it: once, and once '
  'more when it gets worse. Returns the ids of what it wrote.';

create or replace function nova.raise_alert(p_kind text, p_key text, p_severity text, p_title text,
                                            p_details jsonb default '{}') returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  select (nova.raise_alerts(array[p_kind], array[p_key], array[p_severity], array[p_title], array[p_details::text]))[1]
$$;
comment on function nova.raise_alert(text, text, text, text, jsonb) is
  'Something is wrong (info, warning or critical): nova.end_alert ends it. As often as you like; it is told once.';

create or replace function nova.end_alert_rows(p_alerts bigint[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_ended bigint[];
begin
  with ended as (
    update nova.alerts a set ended_at = clock_timestamp()
     where a.id = any (p_alerts) and a.ended_at is null returning a.id
  )
  select array_agg(e.id) into v_ended from ended e;
  insert into nova.alert_notices (alert, recipient, what)
  select distinct n.alert, n.recipient, 'ended'
    from nova.alert_notices n where n.alert = any (v_ended) and n.what in ('opened', 'worse')
      on conflict do nothing;
  return coalesce(cardinality(v_ended), 0);
end
$$;
comment on function nova.end_alert_rows(bigint[]) is
  'Ends open outages and tells those who were told of them. Returns how many.';

create or replace function nova.end_alert(p_kind text, p_key text) returns boolean
language sql set search_path = pg_catalog, pg_temp as $$
  select nova.end_alert_rows(array_agg(a.id)) > 0
    from nova.alerts a where a.kind = p_kind and a.key = p_key and a.ended_at is null
$$;
comment on function nova.end_alert(text, text) is 'What nova.raise_alert said is over. False: it was not open.';

create or replace function nova.tell_event(p_kind text, p_key text, p_severity text, p_title text,
                                           p_details jsonb default '{}', p_channels boolean default true)
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_alert bigint;
begin
  insert into nova.alerts (kind, key, severity, told_severity, title, details, ended_at)
  values (p_kind, left(p_key, 250), p_severity, p_severity, left(p_title, 500), coalesce(p_details, '{}'),
          clock_timestamp())
  returning id into v_alert;
  if p_channels then
    perform nova.tell_channels(array[v_alert], 'event');
  end if;
  return v_alert;
end
$$;
comment on function nova.tell_event(text, text, text, text, jsonb, boolean) is
  'Something happened that has no end; with p_channels false the caller says who is told.';

create or replace function nova.watch_alerts(p_kinds text[], p_keys text[], p_severities text[], p_titles text[],
                                             p_details text[], p_complete boolean)
returns table (ended bigint, open_warning bigint, open_critical bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.raise_alerts(p_kinds, p_keys, p_severities, p_titles, p_details, true);
  ended := 0;
  if p_complete then
    select nova.end_alert_rows(array_agg(a.id)) into ended
      from nova.alerts a
     where a.ended_at is null and a.watched
       and not exists (select from unnest(p_kinds, p_keys) f (kind, key)
                        where f.kind = a.kind and left(f.key, 250) = a.key);
  end if;
  select count(*) filter (where a.severity = 'warning'), count(*) filter (where a.severity = 'critical')
    into open_warning, open_critical from nova.alerts a where a.ended_at is null;
  return next;
end
$$;
comment on function nova.watch_alerts(text[], text[], text[], text[], text[], boolean) is
  'What a look at the findings has found. Those that earlier looks found and that are not among them are over, unless '
  'the look was not complete.';

create or replace function nova.alert_recipient(p_kind text, p_address text) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_id bigint;
begin
  select r.id into v_id from nova.alert_recipients r
   where r.kind = p_kind and r.address = p_address and r.channel is null;
  if not found then
    insert into nova.alert_recipients as r (kind, address) values (p_kind, p_address)
        on conflict (kind, address, channel) do update set address = excluded.address
    returning r.id into v_id;
  end if;
  return v_id;
end
$$;
comment on function nova.alert_recipient(text, text) is 'The recipient of an address that belongs to no channel alone.';

revoke all on nova.alert_channels, nova.alert_recipients, nova.alert_transports, nova.alerts, nova.alert_deliveries,
  nova.alert_notices from public;
revoke all on function nova.severity_rank(text), nova.tell_channels(bigint[], text, bigint),
  nova.raise_alerts(text[], text[], text[], text[], text[], boolean),
  nova.raise_alert(text, text, text, text, jsonb), nova.end_alert_rows(bigint[]), nova.end_alert(text, text),
  nova.tell_event(text, text, text, text, jsonb, boolean),
  nova.watch_alerts(text[], text[], text[], text[], text[], boolean), nova.alert_recipient(text, text) from public;
