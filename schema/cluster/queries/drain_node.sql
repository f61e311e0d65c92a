-- $1 name of a living node text, $2 draining or up text. Returns: its incarnation, 0: none of that name bigint
select coalesce(max(case when nova.set_node_state(n.id, $2::text) or n.state = $2::text then n.id else 0 end), 0)
  from public.cluster_nodes n where n.name = $1::text and n.ended_at is null
