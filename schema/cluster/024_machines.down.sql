drop function if exists nova.name_machine(bigint, text);
alter table public.cluster_nodes drop column if exists machine;
