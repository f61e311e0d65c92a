-- $1 name text. Returns: whether a living node has it boolean
select exists (select from public.cluster_nodes n where n.name = $1::text and n.ended_at is null)
