-- Returns what was taken and is not worked off: queue text, id bigint, message text
select r.queue, r.msg_id, t.message::text
  from nova.messages_to_return() r join nova.taken_messages t on t.queue = r.queue and t.msg_id = r.msg_id
 order by r.queue, r.msg_id limit $1::bigint
