do $$
begin
  if to_regclass('nova.cluster_nodes') is not null then
    drop trigger if exists release_reader on nova.cluster_nodes;
  end if;
end
$$;
drop function if exists nova.prune_nodes(interval);
drop function if exists nova.release_ended_reader();
drop function if exists nova.suspect_node(bigint, bigint, boolean, text, interval);
drop function if exists nova.expire_nodes(bigint, interval);
drop function if exists nova.leave(bigint);
drop function if exists nova.end_due_drains();
drop function if exists nova.undrain_node(text);
drop function if exists nova.drain_node(text, text, text, interval);
drop function if exists nova.state_of(nova.cluster_nodes);
drop function if exists nova.is_drained(nova.cluster_nodes);
drop function if exists nova.set_node_state(bigint, text);
drop function if exists nova.heartbeat(bigint, interval, jsonb);
drop function if exists nova.register_node(
  text, text[], text, text, integer, integer, integer, interval, text, bigint, text);
drop function if exists nova.end_node(bigint, text, bigint, text);
drop function if exists nova.cut_off(bigint);
drop function if exists nova.fencing_base();
