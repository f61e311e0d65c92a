-- What an ended node had claimed is free in the same transaction that ends it.

create or replace function nova.release_ended_node() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '250ms' as $$
begin
  perform nova.release_threads(new.name, new.epoch);
  update nova.parked_notifications p set due_at = clock_timestamp(), claimed_by = null where p.claimed_by = new.epoch;
  return null;
exception when lock_not_available then
  -- Whoever judges waits for nobody who has a table locked: nova.expire_nodes tries again.
  update public.cluster_nodes set left_behind = true where id = new.id;
  return null;
end
$$;
comment on function nova.release_ended_node is 'Gives back the threads and the parked notifications of an incarnation that left or was declared dead.';
revoke all on function nova.release_ended_node() from public;

drop trigger if exists release_claims on public.cluster_nodes;
create trigger release_claims after update of ended_at, left_behind on public.cluster_nodes
  for each row when (new.ended_at is not null and not new.left_behind and (old.ended_at is null or old.left_behind)) execute function nova.release_ended_node();
