-- Limits of a key: of a tenant, an account, whatever a job says. They hold for the whole cluster.

alter table nova.messenger_handlers
  add column if not exists limit_key text,
  add column if not exists limit_running integer,
  add column if not exists limit_rate integer,
  add column if not exists limit_per interval not null default '1 second',
  add column if not exists breaker_failures integer,
  add column if not exists breaker_pause interval not null default '30 seconds';
alter table nova.messenger_handlers drop constraint if exists messenger_handlers_limits;
alter table nova.messenger_handlers add constraint messenger_handlers_limits check (
  (limit_key is null or limit_key in ('all', 'tenant', 'queue') or limit_key ~ '^/(headers|body)/')
  and (limit_running is null or limit_running > 0) and (limit_rate is null or limit_rate > 0)
  and limit_per between interval '100 milliseconds' and interval '1 day'
  and (breaker_failures is null or breaker_failures > 0)
  and breaker_pause between interval '100 milliseconds' and interval '1 day'
  and (num_nonnulls(limit_running, limit_rate, breaker_failures) > 0) = (limit_key is not null));
comment on column nova.messenger_handlers.limit_key is
  'What is limited: all jobs of the handler together (all), those of a tenant or a queue, or of what a JSON pointer '
  'into the envelope finds (/body/account). Jobs without one share the empty key.';
comment on column nova.messenger_handlers.limit_running is 'Jobs of a key at one time, in the whole cluster.';
comment on column nova.messenger_handlers.limit_rate is
  'Jobs of a key that begin within limit_per; as many may begin at once.';
comment on column nova.messenger_handlers.breaker_failures is
  'So many failures of a key in a row stop it for breaker_pause; then one job tries.';

create table if not exists nova.job_keys (
  handler bigint not null references nova.messenger_handlers on delete cascade,
  key text not null,
  begins_at timestamptz not null default '-infinity',
  failures integer not null default 0,
  open_until timestamptz,
  next_slot timestamptz not null default clock_timestamp(),
  mean_ms double precision not null default 100,
  primary key (handler, key)
) with (fillfactor = 50);
comment on table nova.job_keys is 'Where the limits of each key stand.';
comment on column nova.job_keys.begins_at is
  'When the jobs that have begun would have begun one by one at the rate: it may be limit_per ahead.';
comment on column nova.job_keys.open_until is 'The key''s breaker has stopped it until then.';
comment on column nova.job_keys.next_slot is
  'When the next job that found no place should come again: a thousand of them do not come at once.';
comment on column nova.job_keys.mean_ms is 'How long a job takes, the later ones counting more.';

create table if not exists nova.job_permits (
  handler bigint not null,
  key text not null,
  job text not null,
  worker text not null,
  until timestamptz not null,
  primary key (handler, key, job),
  foreign key (handler, key) references nova.job_keys on delete cascade
);
create index if not exists job_permits_worker on nova.job_permits (worker);
comment on table nova.job_permits is
  'Jobs that run and count towards the limit of their key; each ends with its lease.';

create or replace function nova.limit_handler(p_id bigint, p_key text, p_running integer, p_rate integer,
                                              p_per interval, p_failures integer, p_pause interval) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.messenger_handlers h
     set limit_key = nullif(p_key, ''), limit_running = nullif(p_running, 0), limit_rate = nullif(p_rate, 0),
         limit_per = p_per, breaker_failures = nullif(p_failures, 0), breaker_pause = p_pause
   where h.id = p_id
$$;
comment on function nova.limit_handler(bigint, text, integer, integer, interval, integer, interval) is
  'Gives a handler these limits of a key, or none ('''' and 0).';

create or replace function nova.take_permits(p_worker text, p_handler bigint, p_keys text[], p_jobs text[],
                                             p_lease interval)
returns table (n integer, wait interval)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_limit nova.messenger_handlers;
  v_state nova.job_keys;
  v_now timestamptz;
  v_group record;
  v_running integer;
  v_most integer;
  v_step interval; -- between two beginnings, at the rate
begin
  select * into v_limit from nova.messenger_handlers h where h.id = p_handler;
  if not found then
    return query select i, interval '0' from generate_series(1, cardinality(p_keys)) i; -- gone meanwhile: no limit
    return;
  end if;
  v_step := coalesce(v_limit.limit_per / v_limit.limit_rate, '0');
  -- In the order of the keys, so that two nodes never wait for each other in a circle.
  for v_group in
      select k.key, array_agg(k.n::integer order by k.n) as places
        from unnest(p_keys) with ordinality k (key, n) group by k.key order by k.key loop
    insert into nova.job_keys as s (handler, key) values (p_handler, v_group.key) on conflict (handler, key) do nothing;
    select * into v_state from nova.job_keys s where s.handler = p_handler and s.key = v_group.key for update;
    v_now := clock_timestamp();
    delete from nova.job_permits p where p.handler = p_handler and p.key = v_group.key and p.until <= v_now;
    select count(*) into v_running from nova.job_permits p where p.handler = p_handler and p.key = v_group.key;
    v_most := coalesce(v_limit.limit_running, 2147483647);
    if v_state.failures >= v_limit.breaker_failures then
      v_most := 1; -- one tries
    end if;
    foreach n in array v_group.places loop
      if v_state.open_until > v_now then
        wait := v_state.open_until - v_now;
      elsif v_running >= v_most or v_state.begins_at > v_now + v_limit.limit_per - v_step then
        v_state.next_slot := greatest(v_state.next_slot, v_now)
          + case when v_running >= v_most then v_state.mean_ms / v_most * interval '1 millisecond' else v_step end;
        wait := least(greatest(v_state.next_slot - v_now, v_state.begins_at + v_step - v_limit.limit_per - v_now,
                               interval '50 milliseconds'), interval '5 minutes');
      else
        wait := '0';
        v_running := v_running + 1;
        v_state.begins_at := greatest(v_state.begins_at, v_now) + v_step;
        insert into nova.job_permits (handler, key, job, worker, until)
        values (p_handler, v_group.key, p_jobs[n], p_worker, v_now + p_lease)
            on conflict (handler, key, job) do update set worker = excluded.worker, until = excluded.until;
      end if;
      return next;
    end loop;
    update nova.job_keys s
       set begins_at = v_state.begins_at, next_slot = v_state.next_slot
     where s.handler = p_handler and s.key = v_group.key;
  end loop;
end
$$;
comment on function nova.take_permits(text, bigint, text[], text[], interval) is
  'May these jobs run, of these keys of a handler? wait 0: yes, the permit ends with the lease. Else when it should '
  'come again.';

create or replace function nova.return_permits(p_handlers bigint[], p_keys text[], p_jobs text[], p_failed boolean[],
                                               p_took_ms double precision[])
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_returned bigint;
begin
  with gone as (
    delete from nova.job_permits p
     using unnest(p_handlers, p_keys, p_jobs) a (handler, key, job)
     where p.handler = a.handler and p.key = a.key and p.job = a.job returning 1
  )
  select count(*) into v_returned from gone;
  with ended as materialized (
    select a.handler, a.key, bool_or(not a.failed) as done, count(*) filter (where a.failed) as failed,
           avg(a.took_ms) as took_ms
      from unnest(p_handlers, p_keys, p_failed, p_took_ms) a (handler, key, failed, took_ms) group by 1, 2
  ), locked as materialized (
    select s.handler, s.key, e.done, e.failed, e.took_ms, h.breaker_failures, h.breaker_pause
      from nova.job_keys s
      join ended e on e.handler = s.handler and e.key = s.key
      join nova.messenger_handlers h on h.id = s.handler
     order by s.handler, s.key for update of s
  )
  update nova.job_keys s
     set failures = case when l.done then 0 else s.failures + l.failed::integer end,
         open_until = case when not l.done and s.failures + l.failed >= l.breaker_failures
                           then clock_timestamp() + l.breaker_pause end,
         mean_ms = s.mean_ms * 0.8 + l.took_ms * 0.2
    from locked l where s.handler = l.handler and s.key = l.key;
  return v_returned;
end
$$;
comment on function nova.return_permits(bigint[], text[], text[], boolean[], double precision[]) is
  'Jobs have ended: their permits are free, and the breaker of their key counts. Returns how many permits there were.';

create or replace function nova.hold_permits(p_worker text, p_jobs text[], p_lease interval) returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  with held as (
    update nova.job_permits p set until = clock_timestamp() + p_lease
     where p.worker = p_worker and p.job = any (p_jobs) and p.until > clock_timestamp() returning 1
  )
  select count(*) from held
$$;
comment on function nova.hold_permits(text, text[], interval) is
  'The permits that a worker has for these jobs end so long from now; those of others end by themselves.';

revoke all on nova.job_keys, nova.job_permits from public;
revoke all on function nova.limit_handler(bigint, text, integer, integer, interval, integer, interval),
  nova.take_permits(text, bigint, text[], text[], interval),
  nova.return_permits(bigint[], text[], text[], boolean[], double precision[]),
  nova.hold_permits(text, text[], interval) from public;
