-- $1 queue text. Returns: boolean
select exists (select from pgmq.list_queues() q where lower(q.queue_name) = lower($1))
