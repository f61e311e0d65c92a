-- What an ended node had claimed is free in the same transaction that ends it.

create or replace function nova.release_ended_node() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.release_threads(new.name, new.epoch);
  return null;
end
$$;
comment on function nova.release_ended_node is 'Queues again the threads of an incarnation that left or was declared dead.';
revoke all on function nova.release_ended_node() from public;

drop trigger if exists release_claims on public.cluster_nodes;
create trigger release_claims after update of ended_at on public.cluster_nodes
  for each row when (old.ended_at is null and new.ended_at is not null) execute function nova.release_ended_node();
