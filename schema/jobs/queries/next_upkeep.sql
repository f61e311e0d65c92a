-- Returns: milliseconds until a task may be claimed, 0: one is due; null: there is none. bigint
-- greatest() takes NULL for no argument, so it stands where there is a time.
select case when n.at is not null
            then greatest(0, ceil(extract(epoch from n.at - clock_timestamp()) * 1000))::bigint end
  from nova.next_upkeep() n (at)
