-- Named leases. A token identifies one tenure: whoever acts under a lease passes it along, and what
-- was written with a newer one refuses an older one. A holder renews by (holder, token), never by
-- name alone.

create or replace function nova.take_lease(lease_name text, node bigint, lease interval default '4 seconds')
returns table (token bigint, not_before timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  if not exists (select from nova.cluster_nodes n where n.id = node and nova.state_of(n) in ('up', 'degraded')) then
    return; -- draining nodes take nothing new, ended ones nothing at all
  end if;
  insert into nova.cluster_leases (name) values (lease_name) on conflict do nothing;
  return query
    update nova.cluster_leases l
       set holder = node,
           token = case when l.holder = node then l.token else greatest(l.token, nova.fencing_base()) + 1 end,
           acquired_at = case when l.holder = node then l.acquired_at else clock_timestamp() end,
           not_before = case when l.holder = node then l.not_before
                             else greatest(clock_timestamp(), l.not_before, l.expires_at) end,
           expires_at = clock_timestamp() + lease
     where l.name = lease_name and (l.holder is null or l.holder = node or l.expires_at < clock_timestamp())
    returning l.token, l.not_before;
end
$$;
comment on function nova.take_lease(text, bigint, interval) is
  'Takes a lease that is free or ran out, or renews one''s own. No row: another holds it, or this node may '
  'not. Before not_before do nothing that is not fenced.';

create or replace function nova.release_lease(lease_name text, node bigint, held_token bigint) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update nova.cluster_leases l
     set holder = null, expires_at = null
   where l.name = lease_name and l.holder = node and l.token = held_token;
  if found then
    perform pg_notify('nova_cluster', 'released ' || lease_name);
  end if;
  return found;
end
$$;
comment on function nova.release_lease(text, bigint, bigint) is
  'Gives a lease back, so that another can take it at once. False when it was not held.';

-- What a node does for all of its leases with one statement.

create or replace function nova.renew_leases(node bigint, names text[], tokens bigint[],
                                             lease interval default '4 seconds')
returns setof text
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.cluster_leases l set expires_at = clock_timestamp() + lease
    from unnest(names, tokens) as h(name, token)
   where l.name = h.name and l.holder = node and l.token = h.token
     and exists (select from nova.cluster_nodes n where n.id = node and n.ended_at is null)
  returning l.name
$$;
comment on function nova.renew_leases(bigint, text[], bigint[], interval) is
  'Renews all that a node holds; returns the names of those that are still its own: step down from the others.';

create or replace function nova.take_leases(names text[], node bigint, lease interval default '4 seconds')
returns table (name text, token bigint)
language sql set search_path = pg_catalog, pg_temp as $$
  select n.name, t.token from unnest(names) n (name), nova.take_lease(n.name, node, lease) t
$$;
comment on function nova.take_leases(text[], bigint, interval) is
  'Takes of these leases those that are free or ran out. See nova.take_lease.';

revoke all on function nova.take_lease(text, bigint, interval), nova.release_lease(text, bigint, bigint),
  nova.renew_leases(bigint, text[], bigint[], interval), nova.take_leases(text[], bigint, interval) from public;
