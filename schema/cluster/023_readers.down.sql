drop trigger if exists release_reader on public.cluster_nodes;
drop function if exists nova.release_ended_reader();
