drop function if exists nova.prune_nodes(interval);
drop function if exists nova.expire_nodes(bigint, interval);
drop function if exists nova.leave(bigint);
drop function if exists nova.set_node_state(bigint, text);
drop function if exists nova.heartbeat(bigint, interval, jsonb);
drop function if exists nova.register_node(text, text[], text, text, integer, integer, integer, interval, text);
drop function if exists nova.end_node(bigint, text, bigint, text);
drop function if exists nova.cut_off(bigint);
drop function if exists nova.fencing_base();
