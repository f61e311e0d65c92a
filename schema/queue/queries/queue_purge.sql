-- $1 queue text. Returns: how many messages were removed bigint
select pgmq.purge_queue($1)
