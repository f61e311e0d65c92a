-- What an ended node had read from the queues is visible again in the same transaction, instead of after its visibility time.

create or replace function nova.release_ended_reader() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '250ms' as $$
begin
  perform nova_queue.release_reader(new.epoch);
  return null;
exception when lock_not_available then
  -- Whoever judges waits for nobody who has a table locked: nova.expire_nodes tries again.
  update public.cluster_nodes set left_behind = true where id = new.id;
  return null;
end
$$;
comment on function nova.release_ended_reader() is 'Gives back what an incarnation that left or was declared dead had in hand.';
revoke all on function nova.release_ended_reader() from public;

drop trigger if exists release_reader on public.cluster_nodes;
create trigger release_reader after update of ended_at, left_behind on public.cluster_nodes
  for each row when (new.ended_at is not null and not new.left_behind and (old.ended_at is null or old.left_behind)) execute function nova.release_ended_reader();
