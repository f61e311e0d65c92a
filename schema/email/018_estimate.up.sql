-- How long a backfill takes still: what was listed of each window and at what cost, how the mail of the inbox lies in
-- time, how fast its provider lets it be called, and what nodes make of that (public.backfill_estimates, which
-- 007_documents has, because get_sync_progress shows it). mail/backfill_work.hpp weighs, mail/time_left.hpp has
-- the rate.
--
-- A backfill is of a year unless somebody asks for all there is.
select nova.expect_names('queue_whole_inbox_backfill()');

create table if not exists nova.listed_windows (
  window_id bigint primary key references public.backfill_windows on delete cascade,
  messages bigint not null default 0,
  threads bigint not null default 0,
  threads_seen bigint not null default 0,
  to_sync bigint not null default 0,
  reached timestamptz,
  messages_done boolean not null default false,
  messages_cost double precision not null default 0,
  threads_cost double precision not null default 0
) with (fillfactor = 70);
comment on table nova.listed_windows is 'What of a window was listed up to its checkpoint, and what the calls cost.';
comment on column nova.listed_windows.threads_seen is 'Different threads among its messages.';
comment on column nova.listed_windows.to_sync is 'Of its threads, those that their list did not complete.';
comment on column nova.listed_windows.reached is 'All mail from then on is listed; null: its list is in no order.';
comment on column nova.listed_windows.messages_done is
  'Its mail is listed to the end; its threads may be listed still.';
comment on column nova.listed_windows.messages_cost is
  'Of listing messages, by what the provider bills (Gmail''s units), else in milliseconds of calls; threads_cost '
  'likewise.';

create or replace function nova.note_listed(
  p_window_id bigint, p_again boolean, p_messages bigint, p_threads bigint, p_threads_seen bigint, p_to_sync bigint,
  p_reached timestamptz, p_messages_done boolean, p_messages_cost double precision, p_threads_cost double precision)
returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nova.listed_windows as l (window_id, messages, threads, threads_seen, to_sync, reached, messages_done,
    messages_cost, threads_cost)
  values (p_window_id, p_messages, p_threads, p_threads_seen, p_to_sync, p_reached, p_messages_done, p_messages_cost,
          p_threads_cost)
      on conflict (window_id) do update
     set messages = excluded.messages + case when p_again then 0 else l.messages end,
         threads = excluded.threads + case when p_again then 0 else l.threads end,
         threads_seen = excluded.threads_seen + case when p_again then 0 else l.threads_seen end,
         to_sync = excluded.to_sync + case when p_again then 0 else l.to_sync end,
         reached = excluded.reached, messages_done = excluded.messages_done,
         messages_cost = excluded.messages_cost + case when p_again then 0 else l.messages_cost end,
         threads_cost = excluded.threads_cost + case when p_again then 0 else l.threads_cost end
$$;
comment on function nova.note_listed is
  'Adds what pages of a window showed; p_again: they are its first ones, what was there is of an earlier try.';

create table if not exists nova.mail_samples (
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  sample_start timestamptz not null,
  sample_end timestamptz not null,
  messages double precision not null,
  sampled_at timestamptz not null default now(),
  primary key (inbox_id, sample_start),
  constraint mail_samples_range check (sample_start < sample_end)
);
comment on table nova.mail_samples is
  'How many messages parts of an inbox''s past have, as short lists said: the last survey of it, from which the mail '
  'that is not listed yet is guessed.';

create or replace function nova.keep_samples(
  p_inbox_id uuid, p_start bigint[], p_end bigint[], p_messages double precision[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.expect_equal_lengths(cardinality(p_start), cardinality(p_end), cardinality(p_messages));
  delete from nova.mail_samples s where s.inbox_id = p_inbox_id;
  insert into nova.mail_samples (inbox_id, sample_start, sample_end, messages)
  select p_inbox_id, to_timestamp(g.from_s), to_timestamp(g.to_s), g.messages
    from unnest(p_start, p_end, p_messages) g (from_s, to_s, messages)
    join public.flux_inboxes i on i.id = p_inbox_id
      on conflict (inbox_id, sample_start) do nothing;
end
$$;
comment on function nova.keep_samples is 'Replaces the survey of an inbox; times in seconds since 1970.';

create table if not exists nova.grant_paces (
  grant_id text collate "C" primary key,
  binds text not null,
  calls_a_second double precision not null,
  units_a_second double precision not null,
  places integer not null,
  node text not null,
  noted_at timestamptz not null default now(),
  constraint grant_paces_binds check (
    binds in ('units', 'requests', 'places', 'throttled', 'pause', 'window', 'database'))
) with (fillfactor = 50);
comment on table nova.grant_paces is
  'How fast the mailboxes are called whose backfills run, as the node says that paces each; a row a grant.';
comment on column nova.grant_paces.binds is
  'What its calls waited for most: the provider''s units or requests, places (calls at one time), throttled (the '
  'provider said wait), pause (API_DELAY_MS); window: nobody waited, windows are listed one call after the other; '
  'database: nobody called.';

create table if not exists nova.backfill_traces (
  config_id uuid primary key references public.flux_inbox_configurations on delete cascade,
  trace double precision[] not null
) with (fillfactor = 50);
comment on table nova.backfill_traces is
  'What was done when, in a bounded form (mail/time_left.hpp), so that any node goes on with the rate.';

create or replace function nova.note_estimate(
  p_config_id uuid, p_share double precision, p_left bigint, p_low bigint, p_high bigint, p_usable bigint,
  p_binds text, p_messages bigint, p_trace double precision[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_percent numeric;
begin
  -- What is not over is never shown as such, however little is left.
  v_percent := round(least(greatest(100 * p_share, 0), 99.9)::numeric, 2);
  insert into public.backfill_estimates as e (config_id, percent, eta, eta_low, eta_high, usable_at, usable, binds,
    messages_expected)
  select c.id, v_percent, now() + p_left * interval '1 second', now() + p_low * interval '1 second',
         now() + p_high * interval '1 second', now() + p_usable * interval '1 second', coalesce(p_usable = 0, false),
         p_binds, p_messages
    from public.flux_inbox_configurations c
   where c.id = p_config_id and c.backfill_status in ('pending', 'discovering', 'thread_sync')
      on conflict (config_id) do update
     set percent = greatest(e.percent, excluded.percent), eta = excluded.eta, eta_low = excluded.eta_low,
         eta_high = excluded.eta_high, usable_at = case when e.usable then e.usable_at else excluded.usable_at end,
         usable = e.usable or excluded.usable, binds = excluded.binds, messages_expected = excluded.messages_expected,
         updated_at = now();
  if found then
    insert into nova.backfill_traces as t (config_id, trace) values (p_config_id, p_trace)
        on conflict (config_id) do update set trace = excluded.trace;
  end if;
end
$$;
comment on function nova.note_estimate is
  'Shows what a look at a running backfill found: p_share of 0 to 1 is done, seconds that are left (null: not known) '
  'with their range, and until the newest thirty days are there (0: they are). The percentage never falls, and stays '
  '100 where a backfill that was completed is reopened.';

create or replace function public.queue_whole_inbox_backfill(p_inbox_id uuid, p_end_date timestamptz default now())
returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return nova.open_backfill(p_inbox_id, 'epoch', p_end_date);
end
$$;
comment on function public.queue_whole_inbox_backfill is
  'As queue_inbox_backfill, of all mail since 1970. Refuses with NV001, NV002, NV004 or NV006.';

do $$
begin
  revoke all on function public.queue_whole_inbox_backfill(uuid, timestamptz) from public;
  if to_regrole('anon') is not null then
    revoke all on function public.queue_whole_inbox_backfill(uuid, timestamptz) from anon, authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function public.queue_whole_inbox_backfill(uuid, timestamptz) to service_role;
  end if;
end
$$;
revoke all on all functions in schema nova from public;
select nova.mark_names();
