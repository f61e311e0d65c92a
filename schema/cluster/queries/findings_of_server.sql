-- What the PostgreSQL server itself has that stops or slows everything: locks, open transactions, connections, slots
-- that hold WAL, tables that vacuum does not come round to. Argument and columns are those of findings_of_nodes.
-- Whoever may not see the sessions of others (pg_read_all_stats) is told that.
with session as materialized (
  select a.pid, a.application_name, a.usename, a.state, a.xact_start, a.state_change, a.query_start, a.query,
         a.wait_event_type, a.backend_type, a.datname = current_database() as here, a.pid = pg_backend_pid() as own,
         a.backend_xid is not null or a.backend_xmin is not null as pins,
         case when a.wait_event_type = 'Lock' then pg_blocking_pids(a.pid) else '{}' end as behind
    from pg_stat_activity a where a.datname is not null
), root as (
  -- Who holds up others and waits for nobody, with the one that waits for longest.
  select distinct on (b.pid) b.pid, w.query as waiting, w.query_start as since, w.application_name as waiter,
         count(*) over (partition by b.pid) as waiters
    from session w cross join lateral unnest(w.behind) as blocker(pid)
    join session b on b.pid = blocker.pid and b.behind = '{}'
   where w.here and w.query_start < clock_timestamp() - interval '1 second'
   order by b.pid, w.query_start
), used as (
  select count(*) as total, current_setting('max_connections')::int as most,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as open
    from pg_stat_activity a where a.backend_type = 'client backend'
), biggest as (
  select s.application_name, s.usename, count(*) as total,
         (array_agg(s.pid order by s.state_change) filter (where s.state = 'idle' and not s.own))[1:20] as idle
    from session s where s.backend_type = 'client backend' group by s.application_name, s.usename
   order by count(*) desc limit 1
), slot as (
  select r.slot_name, r.active_pid, r.wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn)::bigint as held
    from pg_replication_slots r where r.restart_lsn is not null and not pg_is_in_recovery()
), f as (
  select 1 as rank, 'database/blocked' as kind, r.since,
         jsonb_build_object('pid', b.pid, 'application', nullif(b.application_name, ''), 'user', b.usename,
                            'state', b.state, 'age', floor(extract(epoch from clock_timestamp() - b.xact_start)),
                            'query', left(b.query, 80), 'waiting', left(r.waiting, 200), 'waiter', r.waiter,
                            'waiters', r.waiters,
                            'seconds', floor(extract(epoch from clock_timestamp() - r.since))) as facts
    from root r join session b on b.pid = r.pid
  union all
  select case when u.total >= u.open then 1 else 2 end,
         case when b.idle is null then 'database/connections' else 'database/idle_connections' end, clock_timestamp(),
         jsonb_build_object('used', u.total, 'most', u.most, 'application', nullif(b.application_name, ''),
                            'user', b.usename, 'its', b.total, 'pids', array_to_string(b.idle, ','))
    from used u, biggest b where u.total >= u.open * 0.9
  union all
  select 3, 'database/idle_transaction', s.state_change,
         jsonb_build_object('pid', s.pid, 'application', nullif(s.application_name, ''), 'user', s.usename,
                            'age', floor(extract(epoch from clock_timestamp() - s.xact_start)),
                            'query', left(s.query, 80))
    from session s
   where s.here and s.state ~ '^idle in transaction' and s.state_change < clock_timestamp() - interval '4 seconds'
     and s.pid not in (select r.pid from root r)
  union all
  select 3, 'database/long_transaction', s.xact_start,
         jsonb_build_object('pid', s.pid, 'application', nullif(s.application_name, ''), 'user', s.usename,
                            'age', floor(extract(epoch from clock_timestamp() - s.xact_start)),
                            'query', left(s.query, 80))
    from session s
   where s.here and s.pins and s.state = 'active' and s.xact_start < clock_timestamp() - interval '1 hour'
     and s.backend_type = 'client backend'
  union all
  select 3, case when p.gid ~ '^[A-Za-z0-9_.:-]+$' then 'database/prepared' else 'database/oddly_prepared' end,
         p.prepared, jsonb_build_object('gid', p.gid, 'user', p.owner, 'age',
                                        floor(extract(epoch from clock_timestamp() - p.prepared)))
    from pg_prepared_xacts p
   where p.database = current_database() and p.prepared < clock_timestamp() - interval '1 minute'
  union all
  select case when s.wal_status in ('unreserved', 'lost') or s.held > 10737418240 then 1 else 3 end, 'database/slot',
         clock_timestamp(), jsonb_build_object('slot', s.slot_name, 'held', pg_size_pretty(s.held))
    from slot s where s.active_pid is null
  union all
  select 3, 'database/slot_behind', clock_timestamp(),
         jsonb_build_object('slot', s.slot_name, 'held', pg_size_pretty(s.held), 'pid', s.active_pid)
    from slot s where s.active_pid is not null and s.held > 10737418240
  union all
  select 3, 'database/vacuum', coalesce(t.last_autovacuum, t.last_vacuum, clock_timestamp()),
         jsonb_build_object('table', t.schemaname || '.' || t.relname, 'dead', t.n_dead_tup,
                            'live', t.n_live_tup)
    from pg_stat_user_tables t
   where t.n_dead_tup > 1000000 and t.n_dead_tup > t.n_live_tup and t.schemaname in ('public', 'nova', 'pgmq')
     and t.relname ~ '^[a-z0-9_]+$'
  union all
  select case when age(d.datfrozenxid) > 1500000000 then 1 else 3 end, 'database/wraparound', clock_timestamp(),
         jsonb_build_object('age', age(d.datfrozenxid))
    from pg_database d where d.datname = current_database() and age(d.datfrozenxid) > 1000000000
  union all
  select 4, 'database/blind', clock_timestamp(), jsonb_build_object('user', current_user)
   where not pg_has_role('pg_read_all_stats', 'usage')
)
select f.rank, (extract(epoch from f.since) * 1000000)::bigint, f.kind, 'database', to_jsonb(f.since) #>> '{}',
       f.facts::text
  from f order by f.rank, f.since limit $1::bigint
