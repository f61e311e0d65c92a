-- $1 queues text[]. Returns: queue text, milliseconds until its first message may be read bigint
select d.queue, greatest(0, ceil(extract(epoch from d.due_at - clock_timestamp()) * 1000))::bigint
  from nova.queues_due($1::text[]) d
