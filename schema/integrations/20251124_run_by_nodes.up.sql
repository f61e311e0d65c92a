-- Runs of syncs as jobs of nodes: when they are due, what a page commits, how they end, and what a run leaves: records,
-- records that were refused, keys that are missing.
select nova.expect_names('integration_records', 'integration_records_changed', 'integration_rejected_records');

alter table public.integration_configs
  add column if not exists provider text,
  add column if not exists settings jsonb not null default '{}',
  add column if not exists secret_name text;

alter table public.integration_sync_configs
  add column if not exists settings jsonb not null default '{}',
  add column if not exists cron text,
  add column if not exists timezone text not null default 'UTC',
  add column if not exists every interval,
  add column if not exists next_run_at timestamptz,
  add column if not exists max_retries integer not null default 3,
  add column if not exists retry_base interval not null default '1 minute',
  add column if not exists retry_max interval not null default '1 hour',
  add column if not exists state jsonb not null default '{}';

alter table public.integration_sync_history
  add column if not exists sync_mode text,
  add column if not exists records_inserted bigint not null default 0,
  add column if not exists records_updated bigint not null default 0,
  add column if not exists records_deleted bigint not null default 0,
  add column if not exists records_skipped bigint not null default 0,
  add column if not exists records_total bigint,
  add column if not exists bytes bigint not null default 0,
  add column if not exists pages bigint not null default 0,
  add column if not exists checkpoint jsonb not null default '{}',
  add column if not exists cancel_requested_at timestamptz;

create or replace function nova.sync_next(p_cron text, p_timezone text, p_every interval, p_after timestamptz)
returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when p_every is not null then p_after + p_every
              when p_cron is not null then nova.cron_next(p_cron, p_timezone, p_after) end
$$;
comment on function nova.sync_next(text, text, interval, timestamptz) is
  'The first time of a sync after a moment; null: it runs when somebody asks.';

create or replace function nova.plan_sync() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.cron is not null and new.every is not null then
    raise exception 'a sync has a cron or an interval, not both: cron "%", every %', new.cron, new.every
      using errcode = 'NM005', hint = 'Set the other one to null.';
  elsif new.every < interval '1 second' or new.every > interval '366 days' then
    raise exception 'every % is not within a second and 366 days', new.every using errcode = 'NM005';
  elsif not exists (select from pg_catalog.pg_timezone_names z where z.name = new.timezone) then
    raise exception 'time zone "%" is not known', new.timezone
      using errcode = 'NM005', hint = 'It takes IANA names, such as Europe/Berlin: select name from pg_timezone_names';
  elsif new.retry_base <= interval '0' or new.retry_max < new.retry_base or new.max_retries not between 0 and 1000 then
    raise exception 'retries: % with pauses from % to %', new.max_retries, new.retry_base, new.retry_max
      using errcode = '22023', hint = 'Up to 1,000, with pauses above zero that do not shrink.';
  end if;
  -- From now on: an edit never runs what passed before. A new interval begins with a run.
  new.next_run_at := case when new.every is not null and tg_op = 'INSERT' then clock_timestamp()
                          else nova.sync_next(new.cron, new.timezone, new.every, clock_timestamp()) end;
  if new.cron is not null and new.next_run_at is null then
    raise exception 'cron "%" never comes', new.cron using errcode = 'NM005';
  end if;
  return new;
end
$$;
comment on function nova.plan_sync() is
  'Refuses a schedule that cannot run (NM005, 22023) and says when the sync is due.';

create or replace function nova.announce_sync() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('nova_jobs', 'upkeep');
  return null;
end
$$;
comment on function nova.announce_sync() is 'Tells the nodes that a run waits, or that a sync is due at another time.';

-- A foreign key would look for the configuration once a record.
create or replace function nova.forget_sync_records() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from public.integration_records r where r.sync_config_id = old.id;
  return null;
end
$$;
comment on function nova.forget_sync_records() is 'Records go with the configuration of their sync.';

-- Tables that somebody else made get the columns above and nothing more; nodes then find by their poll what is due.
do $$
begin
  if nova.is_foreign('integration_configs') then
    return;
  end if;
  create or replace trigger plan_sync before insert on public.integration_sync_configs
    for each row execute function nova.plan_sync();
  create or replace trigger replan_sync before update on public.integration_sync_configs
    for each row when ((new.cron, new.timezone, new.every, new.is_active, new.retry_base, new.retry_max,
                        new.max_retries)
                       is distinct from (old.cron, old.timezone, old.every, old.is_active, old.retry_base,
                                         old.retry_max, old.max_retries))
    execute function nova.plan_sync();
  create or replace trigger sync_planned after insert on public.integration_sync_configs
    for each row when (new.next_run_at is not null) execute function nova.announce_sync();
  create or replace trigger sync_replanned after update on public.integration_sync_configs
    for each row when ((new.cron, new.timezone, new.every, new.is_active)
                       is distinct from (old.cron, old.timezone, old.every, old.is_active))
    execute function nova.announce_sync();
  create or replace trigger forget_sync_records after delete on public.integration_sync_configs
    for each row execute function nova.forget_sync_records();
  create or replace trigger sync_waits after insert on public.integration_sync_history
    for each row when (new.status = 'pending') execute function nova.announce_sync();
  create unique index if not exists integration_sync_history_one_waiting
    on public.integration_sync_history (sync_config_id) where status = 'pending' and not is_retry;
  create index if not exists integration_sync_history_open
    on public.integration_sync_history (sync_config_id) where finished_at is null;
  create index if not exists integration_sync_configs_due on public.integration_sync_configs (next_run_at)
    where is_active and next_run_at is not null;
  comment on column public.integration_sync_configs.settings is 'What the connector needs of the stream; no secret.';
  comment on column public.integration_sync_configs.cron is 'When it runs; or every; neither: when somebody asks.';
  comment on column public.integration_sync_configs.retry_base is
    'The pause before the first retry; each next one is twice as long, up to retry_max.';
  comment on column public.integration_sync_configs.state is 'What the connector keeps from one run to the next.';
  comment on column public.integration_sync_history.sync_mode is 'How this run reads; null: as its configuration says.';
  comment on column public.integration_sync_history.records_skipped is 'Read, and here already as they are.';
  comment on column public.integration_sync_history.records_total is 'About how many there are to read; null: unknown.';
  comment on column public.integration_sync_history.checkpoint is 'Where the next attempt goes on; of the last page.';
end
$$;

create table if not exists public.integration_records (
  sync_config_id uuid not null,
  key text not null,
  record jsonb not null,
  hash bytea not null,
  changed_in xid8 not null default pg_current_xact_id(),
  changed_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (sync_config_id, key)
) with (fillfactor = 90);
create index if not exists integration_records_changed on public.integration_records (sync_config_id, changed_at);
comment on table public.integration_records is
  'What syncs without a table of their own have read, a row a record.';
comment on column public.integration_records.hash is
  'SHA-256 of the record; a record with the same one is not written.';
comment on column public.integration_records.changed_in is
  'The transaction that wrote it; what is below pg_snapshot_xmin(pg_current_snapshot()) is complete.';
comment on column public.integration_records.deleted_at is 'When the source did not have it any more.';

create table if not exists public.integration_rejected_records (
  sync_config_id uuid not null references public.integration_sync_configs on delete cascade,
  key text not null,
  sync_history_id uuid references public.integration_sync_history on delete set null,
  reason text not null,
  record text not null,
  rejected_at timestamptz not null default now(),
  primary key (sync_config_id, key)
);
create index if not exists integration_rejected_records_run
  on public.integration_rejected_records (sync_history_id) where sync_history_id is not null;
comment on table public.integration_rejected_records is
  'Records that could not be written, with the reason; a row goes when its record is written.';
alter table public.integration_records enable row level security;
alter table public.integration_rejected_records enable row level security;

create unlogged table if not exists nova.sync_seen (
  run uuid not null,
  key text not null,
  primary key (run, key)
);
comment on table nova.sync_seen is
  'Keys that a listing which is under way has shown; lost with a crash, then it begins anew.';

create table if not exists nova.sync_missing (
  sync_config_id uuid not null references public.integration_sync_configs on delete cascade,
  key text not null,
  primary key (sync_config_id, key)
);
comment on table nova.sync_missing is
  'Keys that are here and that the last complete listing did not show; without the next one they are deleted.';

create or replace function nova.ask_sync(p_sync_config_id uuid, p_who text, p_mode text default null)
returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_active boolean;
  v_max integer;
  v_run public.integration_sync_history;
begin
  if p_mode is not null and p_mode not in ('full', 'incremental', 'delta') then
    raise exception 'a run is full, incremental or delta, not "%"', p_mode using errcode = '22023';
  end if;
  select c.is_active and i.is_active, c.max_retries into v_active, v_max
    from public.integration_sync_configs c join public.integration_configs i on i.id = c.integration_id
   where c.id = p_sync_config_id for no key update of c;
  if not found then
    raise exception 'there is no sync configuration %', coalesce(p_sync_config_id::text, 'null')
      using errcode = 'NV033';
  elsif not v_active then
    raise exception 'sync configuration % is switched off', p_sync_config_id using errcode = 'NV034';
  end if;
  perform nova.close_lost_syncs(p_sync_config_id);
  select * into v_run from public.integration_sync_history h
   where h.sync_config_id = p_sync_config_id and h.status = 'running';
  if found then
    raise exception 'sync configuration % is being synced by % since %',
      p_sync_config_id, v_run.claimed_by, v_run.started_at
      using errcode = 'NV035', hint = 'Wait for it, or end it: nova sync cancel ' || v_run.id;
  end if;
  select * into v_run from public.integration_sync_history h
   where h.sync_config_id = p_sync_config_id and h.status = 'pending' and not h.is_retry;
  if found then
    update public.integration_sync_history h set sync_mode = coalesce(p_mode, h.sync_mode) where h.id = v_run.id;
    return v_run.id;
  end if;
  -- It does what a retry would have done.
  update public.integration_sync_history h
     set status = 'cancelled', finished_at = clock_timestamp(), error_message = 'somebody asked for a run'
   where h.sync_config_id = p_sync_config_id and h.status = 'pending';
  insert into public.integration_sync_history (sync_config_id, status, triggered_by, max_retries, sync_mode)
  values (p_sync_config_id, 'pending', p_who, v_max, p_mode) returning * into v_run;
  return v_run.id;
end
$$;
comment on function nova.ask_sync(uuid, text, text) is
  'Has a run begin as soon as a node has room, and returns its id; asked again before, the same. NV033: no such '
  'configuration, NV034: it is switched off, NV035: it is being synced.';

create or replace function nova.plan_due_syncs() returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_due uuid[];
begin
  select array_agg(d.id) into v_due from (
    select c.id from public.integration_sync_configs c
      join public.integration_configs i on i.id = c.integration_id
     where c.is_active and i.is_active and (c.next_run_at <= clock_timestamp()
             -- Of the future: the clock has gone back since. Of a table that is somebody else's: nobody has planned it.
             or c.every is not null and c.next_run_at > clock_timestamp() + c.every
             or c.next_run_at is null and (c.every is not null or c.cron is not null))
       and not exists (select from public.integration_sync_history h
                        where h.sync_config_id = c.id and h.finished_at is null)
     order by c.next_run_at limit 1000 for no key update of c skip locked) d;
  -- Decided in a later statement, which sees what the lock's last holder committed.
  insert into public.integration_sync_history (sync_config_id, status, triggered_by, max_retries)
  select c.id, 'pending', 'schedule', c.max_retries from public.integration_sync_configs c
   where c.id = any (v_due)
     and not exists (select from public.integration_sync_history h
                      where h.sync_config_id = c.id and h.finished_at is null)
  on conflict do nothing;
  update public.integration_sync_configs c
     set next_run_at = nova.sync_next(c.cron, c.timezone, c.every, clock_timestamp())
   where c.id = any (v_due);
  return coalesce(cardinality(v_due), 0);
end
$$;
comment on function nova.plan_due_syncs() is
  'Writes a run that waits for each sync that is due and has none. A slot that passes meanwhile is made up for, once.';

create or replace function nova.claim_syncs(p_worker text, p_limit integer, p_lease interval)
returns table (id uuid, claim_token bigint, name text, retry_count integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_configs uuid[];
begin
  perform nova.expect_lease(p_lease);
  perform nova.close_lost_syncs();
  perform nova.plan_due_syncs();
  select array_agg(l.id) into v_configs from (
    select c.id from public.integration_sync_configs c
      join public.integration_configs i on i.id = c.integration_id
      join (select h.sync_config_id, min(coalesce(h.retry_at, h.created_at)) as due
              from public.integration_sync_history h
             where h.finished_at is null and h.status = 'pending'
               and coalesce(h.retry_at, h.created_at) <= clock_timestamp()
             group by h.sync_config_id) d on d.sync_config_id = c.id
     where c.is_active and i.is_active
       and not exists (select from public.integration_sync_history r
                        where r.sync_config_id = c.id and r.finished_at is null and r.status = 'running')
     order by d.due limit p_limit for no key update of c skip locked) l;
  return query
    update public.integration_sync_history h
       set status = 'running', claimed_by = p_worker, claim_token = nextval('nova.sync_claim_token'),
           lease_until = clock_timestamp() + p_lease, started_at = coalesce(h.started_at, clock_timestamp()),
           sync_mode = coalesce(h.sync_mode, due.mode),
           checkpoint = case when h.checkpoint = '{}' then coalesce(due.checkpoint, '{}') else h.checkpoint end
      from (select distinct on (p.sync_config_id) p.id, i.name || '/' || c.stream as name,
                   coalesce(b.sync_mode, c.sync_mode) as mode, b.checkpoint
              from public.integration_sync_history p
              join public.integration_sync_configs c on c.id = p.sync_config_id
              join public.integration_configs i on i.id = c.integration_id
              -- A retry goes on where the attempt before it ended.
              left join public.integration_sync_history b
                on coalesce(b.original_sync_id, b.id) = p.original_sync_id and b.retry_count = p.retry_count - 1
             where p.sync_config_id = any (v_configs) and p.finished_at is null and p.status = 'pending'
               and coalesce(p.retry_at, p.created_at) <= clock_timestamp()
               and not exists (select from public.integration_sync_history r
                                where r.sync_config_id = p.sync_config_id and r.finished_at is null
                                  and r.status = 'running')
             order by p.sync_config_id, coalesce(p.retry_at, p.created_at), p.id) due
     where h.id = due.id and h.status = 'pending'
    returning h.id, h.claim_token, due.name, h.retry_count;
end
$$;
comment on function nova.claim_syncs(text, integer, interval) is
  'Takes runs that are due, by the clock, because somebody asked or as a retry, for p_lease: the longest due first, at '
  'most one a configuration and none of one that is being synced. Ends what is lost before.';

create or replace function nova.next_sync() returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
  select least(
    (select min(coalesce(h.retry_at, h.created_at)) from public.integration_sync_history h
       join public.integration_sync_configs c on c.id = h.sync_config_id
       join public.integration_configs i on i.id = c.integration_id
      where h.finished_at is null and h.status = 'pending' and c.is_active and i.is_active
        and not exists (select from public.integration_sync_history r
                         where r.sync_config_id = h.sync_config_id and r.finished_at is null
                           and r.status = 'running')),
    (select min(h.lease_until) from public.integration_sync_history h where h.status = 'running'),
    (select min(c.next_run_at) from public.integration_sync_configs c
       join public.integration_configs i on i.id = c.integration_id
      where c.is_active and i.is_active
        and not exists (select from public.integration_sync_history h
                         where h.sync_config_id = c.id and h.finished_at is null)))
$$;
comment on function nova.next_sync() is 'When there is something to claim next, if nothing changes until then.';

create or replace function nova.release_syncs(p_ids uuid[], p_tokens bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_tokens));
  update public.integration_sync_history h
     set status = case when h.cancel_requested_at is null then 'pending' else 'cancelled' end,
         finished_at = case when h.cancel_requested_at is not null then clock_timestamp() end,
         claimed_by = null, claim_token = null, lease_until = null,
         retry_at = case when h.is_retry then clock_timestamp() end
    from unnest(p_ids, p_tokens) a (id, token)
   where h.id = a.id and h.status = 'running' and h.claim_token = a.token;
  get diagnostics v_count = row_count;
  if v_count > 0 then
    perform pg_notify('nova_jobs', 'upkeep');
  end if;
  return v_count;
end
$$;
comment on function nova.release_syncs(uuid[], bigint[]) is
  'Gives runs back that were not run to their end: another goes on at their last page, and it is no attempt. '
  'Returns how many of the claims were still good.';

create or replace function nova.release_syncs_of(p_workers text[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer := 0;
begin
  update public.integration_sync_history h set lease_until = clock_timestamp()
   where h.status = 'running' and h.claimed_by = any (p_workers);
  if found then
    v_count := nova.close_lost_syncs();
    perform pg_notify('nova_jobs', 'upkeep');
  end if;
  return v_count;
end
$$;
comment on function nova.release_syncs_of(text[]) is
  'Ends the runs of workers that are dead, each with its retry. Returns how many.';

create or replace function nova.sync_claim(p_sync_id uuid, p_token bigint) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce((select case when h.cancel_requested_at is null then 'good' else 'cancelled' end
                     from public.integration_sync_history h
                    where h.id = p_sync_id and h.status = 'running' and h.claim_token = p_token), 'stale')
$$;
comment on function nova.sync_claim(uuid, bigint) is
  'What a claim is by now: good, cancelled (somebody wants the run to end) or stale (it is over).';

create or replace function nova.commit_sync_page(p_sync_id uuid, p_token bigint, p_read bigint, p_inserted bigint,
  p_updated bigint, p_deleted bigint, p_skipped bigint, p_failed bigint, p_bytes bigint,
  p_watermark text default null, p_checkpoint jsonb default null, p_state jsonb default null) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config uuid;
begin
  select c.id into v_config from public.integration_sync_configs c
   where c.id = (select h.sync_config_id from public.integration_sync_history h where h.id = p_sync_id)
     for no key update;
  update public.integration_sync_history h
     set records_read = h.records_read + p_read, records_inserted = h.records_inserted + p_inserted,
         records_updated = h.records_updated + p_updated, records_deleted = h.records_deleted + p_deleted,
         records_skipped = h.records_skipped + p_skipped, records_failed = h.records_failed + p_failed,
         records_written = h.records_written + p_inserted + p_updated + p_deleted, bytes = h.bytes + p_bytes,
         pages = h.pages + 1, checkpoint = coalesce(p_checkpoint, h.checkpoint)
   where h.id = p_sync_id and h.status = 'running' and h.claim_token = p_token and h.cancel_requested_at is null;
  if not found then
    return nova.sync_claim(p_sync_id, p_token);
  end if;
  if p_watermark is not null then
    perform public.update_sync_watermark(v_config, p_watermark, null);
  end if;
  if p_state is not null then
    update public.integration_sync_configs c set state = c.state || p_state where c.id = v_config;
  end if;
  return 'accepted';
end
$$;
comment on function nova.commit_sync_page(uuid, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, text,
                                          jsonb, jsonb) is
  'Belongs into the transaction that writes the rows of a page: counts them and moves watermark, checkpoint and state. '
  'accepted, or cancelled or stale: then the caller rolls back.';

create or replace function nova.end_sync_run(p_sync_id uuid, p_token bigint, p_status text,
                                             p_error_class text default null, p_error text default null) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_run public.integration_sync_history;
begin
  perform from public.integration_sync_configs c
    where c.id = (select h.sync_config_id from public.integration_sync_history h where h.id = p_sync_id)
      for no key update;
  select * into v_run from public.integration_sync_history h
   where h.id = p_sync_id and h.status = 'running' and h.claim_token = p_token;
  if not found then
    return 'stale';
  end if;
  delete from nova.sync_seen s where s.run = p_sync_id;
  update public.integration_sync_history h
     set error_class = left(p_error_class, 100),
         -- What it committed gives a run its retries back.
         max_retries = case when h.max_retries > 0 and h.records_written > 0
                            then greatest(h.max_retries, h.retry_count + 1) else h.max_retries end
   where h.id = p_sync_id;
  return nova.finish_sync(p_sync_id, p_token, p_status, v_run.records_read, v_run.records_written,
                          v_run.records_failed, left(p_error, 4000));
end
$$;
comment on function nova.end_sync_run(uuid, bigint, text, text, text) is
  'Ends a run with the counts of its pages; as nova.finish_sync otherwise.';

create or replace function nova.cancel_sync(p_sync_id uuid) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_status text;
begin
  perform from public.integration_sync_configs c
    where c.id = (select h.sync_config_id from public.integration_sync_history h where h.id = p_sync_id)
      for no key update;
  select h.status into v_status from public.integration_sync_history h where h.id = p_sync_id for no key update;
  if not found then
    raise exception 'there is no sync run %', coalesce(p_sync_id::text, 'null') using errcode = 'NV030',
      hint = 'List them: nova sync history';
  elsif v_status = 'pending' then
    update public.integration_sync_history h
       set status = 'cancelled', finished_at = clock_timestamp(), error_message = 'cancelled before it began'
     where h.id = p_sync_id;
    return 'cancelled';
  elsif v_status = 'running' then
    update public.integration_sync_history h set cancel_requested_at = clock_timestamp() where h.id = p_sync_id;
    return 'asked';
  end if;
  return v_status;
end
$$;
comment on function nova.cancel_sync(uuid) is
  'Ends a run. cancelled: it waited; asked: its worker ends it within seconds, what is committed stays; else how it '
  'had ended before. NV030: no such run.';

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace = 'nova'::regnamespace
       and p.proname in ('sync_next', 'plan_sync', 'announce_sync', 'forget_sync_records', 'ask_sync', 'plan_due_syncs',
                         'claim_syncs', 'next_sync', 'release_syncs', 'release_syncs_of', 'sync_claim',
                         'commit_sync_page',
                         'end_sync_run', 'cancel_sync')
  loop
    execute format('revoke all on function %s from public', v_function);
  end loop;
  execute format('revoke all on public.integration_records, public.integration_rejected_records from %s',
                 nova.browsers());
end
$$;
revoke all on nova.sync_seen, nova.sync_missing from public;
select nova.mark_names();
