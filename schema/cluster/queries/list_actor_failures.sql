-- The newest failures. $1 at most integer
-- Returns: id bigint, at in microseconds since 1970 bigint, node text, kind text, key text, reason text, message type text, doing text,
-- restart number integer, fingerprint text
select f.id, (extract(epoch from f.at) * 1000000)::bigint, f.node_name, f.kind, f.key, f.reason, f.message_type, f.doing,
       f.restart_number, f.fingerprint
  from nova.actor_failures f
 order by f.at desc, f.id desc
 limit $1::integer
