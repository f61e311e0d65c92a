drop trigger if exists release_claims on public.cluster_nodes;
drop function if exists nova.release_ended_node();
