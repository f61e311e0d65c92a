-- Joining, staying, leaving, and being declared dead.

create or replace function nova.fencing_base() returns bigint
language sql volatile set search_path = pg_catalog, pg_temp as $$
  -- The timeline grows when a standby is promoted, whose counters may be behind what the old server gave out.
  select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint << 40
$$;
comment on function nova.fencing_base() is
  'Numbers that fence start above this; it grows with each failover of the database.';

create or replace function nova.cut_off(which bigint) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  ended bigint := 0;
begin
  -- Only sessions of the same role: others may not be ended without further rights.
  select count(pg_terminate_backend(a.pid)) into ended
    from nova.cluster_nodes n join pg_stat_activity a on a.application_name = 'nova/' || n.epoch
   where n.id = which
     and n.ended_at is null
     and a.datname = current_database()
     and a.usename = current_user
     and a.pid <> pg_backend_pid();
  return ended;
end
$$;
comment on function nova.cut_off(bigint) is
  'Ends the sessions of a node''s workers (application name nova/EPOCH): a process that stands still, or '
  'cannot be reached, may hold locks in the middle of a transaction. Returns how many.';

create or replace function nova.end_node(which bigint, new_state text, judge bigint, why text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  was_called text;
begin
  -- Before the first lock that such a session may hold.
  if new_state = 'dead' then
    perform nova.cut_off(which);
  end if;
  -- The row of the cluster is locked before that of a node, here as everywhere.
  perform from nova.cluster_state for update;
  -- For update: it waits for claims that are not committed yet (nova.claim_threads), so that they
  -- are seen and released.
  select name into was_called from nova.cluster_nodes where id = which and ended_at is null for update;
  if not found then
    return false;
  end if;
  update nova.cluster_nodes
     set state = new_state, ended_at = clock_timestamp(), dead_by = judge, dead_reason = why
   where id = which;
  update nova.cluster_leases
     set holder = null, expires_at = null,
         not_before = greatest(not_before, case new_state when 'dead' then expires_at end)
   where holder = which;
  delete from nova.cluster_suspicions where target = which or voter = which;
  update nova.cluster_state set version = version + 1;
  perform pg_notify('nova_cluster', new_state || ' ' || which || ' ' || was_called);
  return true;
end
$$;
comment on function nova.end_node(bigint, text, bigint, text) is
  'left or dead: ends an incarnation and gives back its leases. False when it had ended before.';

create or replace function nova.register_node(node_name text, node_roles text[], app_version text,
                                              node_address text default '', speaks integer default 1,
                                              speaks_min integer default 1, room integer default 0,
                                              lease interval default '4 seconds', first_state text default 'up',
                                              replaces bigint default null, machine_name text default '')
returns table (id bigint, epoch bigint, cluster_version bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  cluster nova.cluster_state;
  mine nova.cluster_nodes;
  older record;
begin
  if first_state not in ('joining', 'up') then
    raise exception 'a node starts as joining or up, not as "%"', first_state using errcode = '22023';
  end if;
  -- The row of the cluster is the lock: joins happen one after the other.
  update nova.cluster_state set version = version + 1 returning * into cluster;
  if speaks < cluster.protocol_floor then
    raise exception 'this node speaks protocol % at most, the cluster needs %', speaks, cluster.protocol_floor
      using errcode = '55000', hint = 'Install the version that the other nodes run.';
  end if;
  for older in select n.id, n.lease_until from nova.cluster_nodes n where n.name = node_name and n.ended_at is null loop
    if older.lease_until > clock_timestamp() and older.id is distinct from replaces then
      raise exception 'the living node % is called "%"', older.id, node_name using errcode = 'NV011',
        hint = 'Choose another name, or say which incarnation is replaced.';
    end if;
    perform nova.end_node(older.id, 'dead', null, 'a new process started under the same name');
  end loop;
  insert into nova.cluster_nodes (name, epoch, roles, address, version, protocol, protocol_min, capacity, machine,
    lease_until, state)
  values (node_name, 0, node_roles, node_address, app_version, speaks, speaks_min, room, machine_name,
          clock_timestamp() + lease, first_state)
  returning * into mine;
  update nova.cluster_nodes n set epoch = nova.fencing_base() + mine.id where n.id = mine.id returning * into mine;
  perform pg_notify('nova_cluster', first_state || ' ' || mine.id || ' ' || mine.name);
  return query select mine.id, mine.epoch, cluster.version;
end
$$;
comment on function nova.register_node(
  text, text[], text, text, integer, integer, integer, interval, text, bigint, text) is
  'A node starts: a new incarnation, alive for lease. Ends those of the same name whose lease ran out, and '
  'the one that it replaces, of which whoever starts knows that it is gone; NV011: another has the name. '
  'Refuses protocols below the floor.';

create or replace function nova.heartbeat(node bigint, lease interval default '4 seconds', load_now jsonb default null)
returns table (state text, cluster_version bigint, settings_revision bigint)
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.cluster_nodes n
     set heartbeat_at = clock_timestamp(), lease_until = clock_timestamp() + lease, load = coalesce(load_now, n.load),
         steady_since = case when n.heartbeat_at < clock_timestamp() - lease / 2 then clock_timestamp()
                             else n.steady_since end
    from nova.cluster_state c
   where n.id = node and n.ended_at is null
  returning n.state, c.version, c.settings_revision
$$;
comment on function nova.heartbeat(bigint, interval, jsonb) is
  'Renews a node''s lease by the database''s clock. No row: it was declared dead and must stop without '
  'writing anything.';

create or replace function nova.set_node_state(node bigint, new_state text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new_state not in ('up', 'degraded', 'draining') then
    raise exception '"%" is not a state that a living node can take; up, degraded and draining are', new_state
      using errcode = '22023';
  end if;
  perform from nova.cluster_state for update; -- as in nova.end_node
  update nova.cluster_nodes set state = new_state
   where id = node and ended_at is null and state <> new_state and (state <> 'draining' or new_state = 'draining');
  if not found then
    return false;
  end if;
  update nova.cluster_state set version = version + 1;
  perform pg_notify('nova_cluster', new_state || ' ' || node);
  return true;
end
$$;
comment on function nova.set_node_state(bigint, text) is
  'Moves a living node to up, degraded or draining; draining is left only by leaving. False when nothing changed.';

create or replace function nova.is_drained(node nova.cluster_nodes) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select node.drained_at is not null and coalesce(node.drained_until > clock_timestamp(), true)
$$;
comment on function nova.is_drained(nova.cluster_nodes) is 'Whether an operator has it take no new work.';

create or replace function nova.state_of(node nova.cluster_nodes) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when node.state in ('up', 'degraded') and nova.is_drained(node) then 'draining' else node.state end
$$;
comment on function nova.state_of(nova.cluster_nodes) is
  'Its state for who gives work to it or shows it: draining too while an operator has it drained.';

create or replace function nova.drain_node(node_name text, who text, why text default '', lasting interval default null)
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update nova.cluster_state set version = version + 1;
  update nova.cluster_nodes n
     set drained_at = clock_timestamp(), drained_until = clock_timestamp() + lasting, drained_by = who,
         drain_reason = nullif(why, '')
   where n.name = node_name and n.ended_at is null;
  if not found then
    return false;
  end if;
  perform pg_notify('nova_cluster', 'drained ' || node_name);
  return true;
end
$$;
comment on function nova.drain_node(text, text, text, interval) is
  'The living node of that name takes no new work, holds no lease and is home to nothing: for a time, or as '
  'long as this incarnation lives. False: there is none.';

create or replace function nova.undrain_node(node_name text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update nova.cluster_state set version = version + 1;
  update nova.cluster_nodes n set drained_at = null, drained_until = null, drained_by = null, drain_reason = null
   where n.name = node_name and n.ended_at is null and n.drained_at is not null;
  if not found then
    return false;
  end if;
  perform pg_notify('nova_cluster', 'undrained ' || node_name);
  return true;
end
$$;
comment on function nova.undrain_node(text) is 'It takes work again. False: it was not drained.';

create or replace function nova.end_due_drains() returns setof text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  due text;
begin
  for due in
      select n.name from nova.cluster_nodes n
       where n.ended_at is null and n.drained_until <= clock_timestamp()
       order by 1 loop
    if nova.undrain_node(due) then
      return next due;
    end if;
  end loop;
end
$$;
comment on function nova.end_due_drains() is
  'Nodes whose drain was for a time that is over take work again; returns their names.';

create or replace function nova.leave(node bigint) returns boolean
language sql set search_path = pg_catalog, pg_temp as $$
  select nova.end_node(node, 'left', null, null)
$$;
comment on function nova.leave(bigint) is
  'A node ends on purpose: its leases are free at once. False when it had ended before.';

create or replace function nova.expire_nodes(judge bigint, lease interval default '4 seconds') returns setof bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  expired bigint;
begin
  -- The triggers on the column give back what was held. One a call and by one judge at a time,
  -- because each may wait for a lock again.
  update nova.cluster_nodes set left_behind = false
   where id = (select n.id from nova.cluster_nodes n where n.left_behind order by 1 limit 1 for update skip locked);
  perform from nova.cluster_state for update;
  if not exists (select from nova.cluster_nodes n
                  where n.id = judge and n.state = 'up' and n.lease_until > clock_timestamp()
                  and n.steady_since <= clock_timestamp() - lease) then
    return;
  end if;
  for expired in
      select n.id from nova.cluster_nodes n
       where n.ended_at is null and n.lease_until < clock_timestamp() and n.id <> judge
       order by 1 loop
    if nova.end_node(expired, 'dead', judge, 'its lease ran out') then
      return next expired;
    end if;
  end loop;
end
$$;
comment on function nova.expire_nodes(bigint, interval) is
  'Declares dead whose lease ran out and returns them. Only a judge that itself was steady for a whole lease '
  'may: after an outage of the database nobody is, and nobody dies.';

-- Votes that a node is gone, so that its work goes on before its lease has run out.

create or replace function nova.suspect_node(voter bigint, suspected bigint, was_refused boolean, why text,
                                             lease interval default '4 seconds')
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  suspect nova.cluster_nodes;
  others bigint; -- alive, without the suspected one
  mine bigint;   -- whom this voter suspects
  votes bigint;
begin
  -- The row of the cluster is the lock, as for joins: one decides after the other.
  perform from nova.cluster_state for update;
  select n.* into suspect from nova.cluster_nodes n where n.id = suspected and n.ended_at is null;
  if not found or voter = suspected or not exists (
    select from nova.cluster_nodes n
     where n.id = voter
       and n.state = 'up'
       and n.lease_until > clock_timestamp()
       and n.steady_since <= clock_timestamp() - lease) then
    return false;
  end if;
  insert into nova.cluster_suspicions as s (target, voter, refused, reason)
  values (suspected, voter, was_refused, left(why, 1000))
      on conflict (target, voter) do update
     set at = clock_timestamp(), refused = excluded.refused, reason = excluded.reason;
  select count(*) into others from nova.cluster_nodes n
   where n.ended_at is null and n.id <> suspected and n.lease_until > clock_timestamp();
  select count(*) into mine from nova.cluster_suspicions s
   where s.voter = suspect_node.voter and s.at > clock_timestamp() - interval '10 seconds';
  -- Who suspects more than half of its peers is itself the sick one.
  if mine > 1 and mine * 2 > others then
    perform nova.set_node_state(voter, 'degraded');
    return false;
  end if;
  -- Whose address refuses has no process: that is worth two. Who is silent but renews its lease is
  -- only badly connected.
  select coalesce(sum(case when s.refused then 2
                           when suspect.heartbeat_at < clock_timestamp() - lease * 0.3 then 1
                           else 0 end), 0)
    into votes
    from nova.cluster_suspicions s where s.target = suspected and s.at > clock_timestamp() - interval '10 seconds';
  if votes < least(2, others) then
    return false;
  end if;
  return nova.end_node(suspected, 'dead', voter, why);
end
$$;
comment on function nova.suspect_node(bigint, bigint, boolean, text, interval) is
  'A node votes that another is gone; was_refused: its address refused a connection. True when that declared '
  'it dead. Votes count for ten seconds, and only of voters that were steady for a whole lease.';

-- What an ended node had read from the queues is visible again in the same transaction, instead of
-- after its visibility time.

create or replace function nova.release_ended_reader() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '250ms' as $$
begin
  perform nova_queue.release_reader(new.epoch);
  return null;
exception when lock_not_available then
  -- Whoever judges waits for nobody who has a table locked: nova.expire_nodes tries again.
  update nova.cluster_nodes set left_behind = true where id = new.id;
  return null;
end
$$;
comment on function nova.release_ended_reader() is
  'Gives back what an incarnation that left or was declared dead had in hand.';

drop trigger if exists release_reader on nova.cluster_nodes;
create trigger release_reader after update of ended_at, left_behind on nova.cluster_nodes
  for each row when (new.ended_at is not null and not new.left_behind
                     and (old.ended_at is null or old.left_behind))
  execute function nova.release_ended_reader();

create or replace function nova.prune_nodes(keep interval default '7 days') returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from nova.cluster_nodes n where n.ended_at < clock_timestamp() - keep
       and not exists (select from nova.cluster_leases l where l.holder = n.id) returning 1
  )
  select count(*) from gone
$$;
comment on function nova.prune_nodes(interval) is 'Forgets incarnations that ended so long ago; returns how many.';

revoke all on function nova.fencing_base(), nova.cut_off(bigint), nova.end_node(bigint, text, bigint, text),
  nova.register_node(text, text[], text, text, integer, integer, integer, interval, text, bigint, text),
  nova.heartbeat(bigint, interval, jsonb), nova.set_node_state(bigint, text), nova.is_drained(nova.cluster_nodes),
  nova.state_of(nova.cluster_nodes), nova.drain_node(text, text, text, interval), nova.undrain_node(text),
  nova.end_due_drains(), nova.leave(bigint), nova.expire_nodes(bigint, interval),
  nova.suspect_node(bigint, bigint, boolean, text, interval), nova.release_ended_reader(),
  nova.prune_nodes(interval) from public;
