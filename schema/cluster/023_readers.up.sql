-- What an ended node had read from the queues is visible again in the same transaction, instead of after its visibility time.

create or replace function nova.release_ended_reader() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova_queue.release_reader(new.epoch);
  return null;
end
$$;
comment on function nova.release_ended_reader() is 'Gives back what an incarnation that left or was declared dead had in hand.';
revoke all on function nova.release_ended_reader() from public;

drop trigger if exists release_reader on public.cluster_nodes;
create trigger release_reader after update of ended_at on public.cluster_nodes
  for each row when (old.ended_at is null and new.ended_at is not null) execute function nova.release_ended_reader();
