-- $1 queue text. Returns: ids bigint
select t.msg_id from nova.taken_messages t
 where t.queue = $1::text and t.archived_at is null and t.returned_at is null order by t.msg_id
