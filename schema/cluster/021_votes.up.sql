-- Votes that a node is gone, so that its work goes on before its lease has run out.

create or replace function nova.suspect_node(voter bigint, suspected bigint, was_refused boolean, why text, lease interval default '4 seconds')
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  suspect public.cluster_nodes;
  others bigint; -- alive, without the suspected one
  mine bigint;   -- whom this voter suspects
  votes bigint;
begin
  -- The row of the cluster is the lock, as for joins: one decides after the other.
  perform from public.cluster_state for update;
  select n.* into suspect from public.cluster_nodes n where n.id = suspected and n.ended_at is null;
  if not found or voter = suspected or not exists (
    select from public.cluster_nodes n
     where n.id = voter and n.state = 'up' and n.lease_until > clock_timestamp() and n.steady_since <= clock_timestamp() - lease) then
    return false;
  end if;
  insert into public.cluster_suspicions as s (target, voter, refused, reason) values (suspected, voter, was_refused, left(why, 1000))
  on conflict (target, voter) do update set at = clock_timestamp(), refused = excluded.refused, reason = excluded.reason;
  select count(*) into others from public.cluster_nodes n
   where n.ended_at is null and n.id <> suspected and n.lease_until > clock_timestamp();
  select count(*) into mine from public.cluster_suspicions s
   where s.voter = suspect_node.voter and s.at > clock_timestamp() - interval '10 seconds';
  -- Who suspects more than half of its peers is itself the sick one.
  if mine > 1 and mine * 2 > others then
    perform nova.set_node_state(voter, 'degraded');
    return false;
  end if;
  -- Whose address refuses has no process: that is worth two. Who is silent but renews its lease is only badly connected.
  select coalesce(sum(case when s.refused then 2 when suspect.heartbeat_at < clock_timestamp() - lease * 0.3 then 1 else 0 end), 0) into votes
    from public.cluster_suspicions s where s.target = suspected and s.at > clock_timestamp() - interval '10 seconds';
  if votes < least(2, others) then
    return false;
  end if;
  return nova.end_node(suspected, 'dead', voter, why);
end
$$;
comment on function nova.suspect_node(bigint, bigint, boolean, text, interval) is
  'A node votes that another is gone; was_refused: its address refused a connection. True when that declared it dead. Votes count for ten seconds, and only of voters that were steady for a whole lease.';
revoke all on function nova.suspect_node(bigint, bigint, boolean, text, interval) from public;
