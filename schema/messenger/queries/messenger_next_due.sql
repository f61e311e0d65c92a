-- Returns: milliseconds until the next message that waits for its time comes bigint; NULL when none waits
select greatest(0, ceil(extract(epoch from min(d.due_at) - clock_timestamp()) * 1000))::bigint from nova.messenger_delayed d
