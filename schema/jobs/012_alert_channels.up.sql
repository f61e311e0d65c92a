-- Setting channels, what becomes an alert by itself (a backfill that ends), and what is wrong with telling.

create or replace function nova.set_alert_channel(p_name text, p_kind text, p_recipients text[], p_url text,
                                                  p_url_secret text, p_secret_name text, p_format text,
                                                  p_allow_private boolean, p_kinds text[], p_window interval,
                                                  p_new boolean) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_channel nova.alert_channels;
begin
  if p_new and exists (select from nova.alert_channels c where c.name = p_name) then
    raise exception 'there is an alert channel "%"', p_name
      using errcode = '22023', hint = 'Change it: nova alerts channels set ' || p_name;
  elsif not p_new and not exists (select from nova.alert_channels c where c.name = p_name and c.kind = p_kind) then
    raise exception 'there is no alert channel "%" of kind %', p_name, p_kind
      using errcode = '22023', hint = 'List them: nova alerts channels list';
  end if;
  insert into nova.alert_channels as c (name, kind, recipients, url, url_secret, secret_name, format, allow_private,
                                        kinds, window_length)
  values (p_name, p_kind, p_recipients, nullif(p_url, ''), nullif(p_url_secret, ''), nullif(p_secret_name, ''),
          p_format, p_allow_private, p_kinds, p_window)
      on conflict (name) do update
     set recipients = excluded.recipients, url = excluded.url, url_secret = excluded.url_secret,
         secret_name = excluded.secret_name, format = excluded.format, allow_private = excluded.allow_private,
         kinds = excluded.kinds, window_length = excluded.window_length, set_by = session_user,
         set_at = clock_timestamp()
  returning * into v_channel;
  insert into nova.alert_recipients as r (kind, address, channel, window_length)
  select 'email', a.address, null::bigint, p_window from unnest(p_recipients) a (address)
  union select 'webhook', '', v_channel.id, p_window where p_kind = 'webhook'
      on conflict (kind, address, channel) do update set window_length = excluded.window_length;
  -- What is open is news to who was not told yet.
  perform nova.tell_channels(array_agg(a.id), 'opened', v_channel.id)
     from nova.alerts a where a.ended_at is null and v_channel.enabled;
  return v_channel.id;
end
$$;
comment on function
  nova.set_alert_channel(text, text, text[], text, text, text, text, boolean, text[], interval, boolean) is
  'Makes an alert channel, or changes one of its kind (22023: it is there already, or is not), and tells it what is '
  'open.';

create or replace function nova.enable_alert_channel(p_name text, p_enabled boolean) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_channel nova.alert_channels;
  v_found bigint;
begin
  update nova.alert_channels c set enabled = p_enabled where c.name = p_name returning * into v_channel;
  if not found and not p_enabled then
    return 0;
  end if;
  if p_enabled then
    update nova.alert_recipients r
       set paused_at = null, pause_reason = null, try_at = null, failures = 0
     where r.channel = v_channel.id
        or r.channel is null and (r.kind = 'email' and r.address = any (v_channel.recipients) or r.address = p_name
                                  or nova.alert_address(r.kind, r.address, null) = p_name);
    get diagnostics v_found = row_count;
    delete from nova.alert_transports t where t.kind = 'email' and (p_name = 'smtp' or v_channel.kind = 'email');
    if v_channel.id is null and v_found = 0 and p_name <> 'smtp' then
      return 0;
    end if;
    perform nova.tell_channels(array_agg(a.id), 'opened', v_channel.id)
       from nova.alerts a where a.ended_at is null and v_channel.id is not null;
  end if;
  return 1;
end
$$;
comment on function nova.enable_alert_channel(text, boolean) is
  'Pauses a channel, which is told nothing then, or takes every pause back: of a channel, of an address, or of the '
  'mail server (smtp). 0: there is none.';

create or replace function nova.remove_alert_channel(p_name text) returns boolean
language sql set search_path = pg_catalog, pg_temp as $$
  with gone as (delete from nova.alert_channels c where c.name = p_name returning 1) select exists (select from gone)
$$;
comment on function nova.remove_alert_channel(text) is 'False: there is no such channel.';

create or replace function nova.tell_backfill_end() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.tell_event(
    case new.backfill_status when 'failed' then 'backfill_failed' else 'backfill_done' end, new.id::text,
    case new.backfill_status when 'failed' then 'warning' else 'info' end,
    format('backfill of %s %s', coalesce((select i.email from public.flux_inboxes i where i.id = new.inbox_id),
                                         new.inbox_id::text),
           case when new.backfill_status = 'failed' then 'failed: ' || coalesce(new.error_message, 'no reason is known')
                when new.gaps = '[]' then 'is done'
                else 'is done, partial: ' || coalesce(new.gaps -> 0 ->> 'kind', 'something is missing') end),
    jsonb_build_object('config', new.id, 'next', 'nova backfill status ' || new.id));
  return null;
end
$$;
comment on function nova.tell_backfill_end() is 'The end of a backfill is an event that alert channels hear of.';
create or replace trigger tell_backfill_end after update of backfill_status on public.flux_inbox_configurations
  for each row when (old.backfill_status is distinct from new.backfill_status
                     and new.backfill_status in ('completed', 'failed'))
  execute function nova.tell_backfill_end();

create or replace function nova.alert_faults() returns table (kind text, what text, since timestamptz, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select 'alert/mail_refused', 'alerts:smtp', t.paused_at, jsonb_build_object('reason', left(t.pause_reason, 300))
    from nova.alert_transports t where t.kind = 'email'
  union all
  select 'alert/paused', 'alerts:' || n.name, r.paused_at,
         jsonb_build_object('name', n.name, 'reason', left(r.pause_reason, 300))
    from nova.alert_recipients r
    left join nova.alert_channels c on c.id = r.channel
   cross join lateral (select nova.alert_address(r.kind, r.address, c.name) as name) n
   where r.paused_at is not null
  union all
  select 'alert/unsent', 'alerts:' || r.kind, min(d.created_at),
         jsonb_build_object('count', count(*), 'reason', left(max(d.error), 300))
    from nova.alert_deliveries d
    join nova.alert_recipients r on r.id = d.recipient
   where d.state in ('pending', 'sending') and d.created_at < clock_timestamp() - interval '5 minutes'
     and r.paused_at is null and not exists (select from nova.alert_transports t where t.kind = r.kind)
   group by r.kind
$$;
comment on function nova.alert_faults() is 'What keeps people from being told, as facts for nova doctor.';

revoke all on function
  nova.set_alert_channel(text, text, text[], text, text, text, text, boolean, text[], interval, boolean),
  nova.enable_alert_channel(text, boolean), nova.remove_alert_channel(text), nova.tell_backfill_end(),
  nova.alert_faults() from public;
