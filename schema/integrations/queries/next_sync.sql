-- Returns: milliseconds until a run may be claimed, 0: one is due; null: none waits. bigint
select case when n.at is not null
            then greatest(0, ceil(extract(epoch from n.at - clock_timestamp()) * 1000))::bigint end
  from nova.next_sync() n (at)
