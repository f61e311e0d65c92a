-- Returns: milliseconds until a task may be claimed, 0: one is due; null: there is none. bigint
select greatest(ceil(extract(epoch from nova.next_upkeep() - clock_timestamp()) * 1000), 0)::bigint
