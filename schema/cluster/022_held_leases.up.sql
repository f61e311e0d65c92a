-- What a node does for all of its leases with one statement.

create or replace function nova.renew_leases(node bigint, names text[], tokens bigint[], lease interval default '4 seconds') returns setof text
language sql set search_path = pg_catalog, pg_temp as $$
  update public.cluster_leases l set expires_at = clock_timestamp() + lease
    from unnest(names, tokens) as h(name, token)
   where l.name = h.name and l.holder = node and l.token = h.token
     and exists (select from public.cluster_nodes n where n.id = node and n.ended_at is null)
  returning l.name
$$;
comment on function nova.renew_leases(bigint, text[], bigint[], interval) is 'Renews all that a node holds; returns the names of those that are still its own.';

create or replace function nova.take_leases(names text[], node bigint, lease interval default '4 seconds')
returns table (name text, token bigint)
language sql set search_path = pg_catalog, pg_temp as $$
  select n.name, t.token from unnest(names) n (name), nova.take_lease(n.name, node, lease) t
$$;
comment on function nova.take_leases(text[], bigint, interval) is 'Takes of these leases those that are free or ran out. See nova.take_lease.';

revoke all on function nova.renew_leases(bigint, text[], bigint[], interval), nova.take_leases(text[], bigint, interval) from public;
