-- Figures of every queue; above 10,000 rows they are estimates.
-- Returns: name text, length, visible, total, archived bigint, oldest and newest age in seconds
-- bigint (0 when empty), why it cannot be looked at text
select m.queue_name, m.queue_length, m.visible_length, m.total_messages, m.archived, coalesce(m.oldest_age_sec, 0),
       coalesce(m.newest_age_sec, 0), coalesce(m.trouble, '')
  from nova_queue.metrics() m
