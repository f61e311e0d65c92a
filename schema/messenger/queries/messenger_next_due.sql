-- Returns: milliseconds until the next message that waits for its time comes bigint; NULL when none waits
-- greatest() takes NULL for no argument, so it stands where there is a time.
select case when n.at is not null
            then greatest(0, ceil(extract(epoch from n.at - clock_timestamp()) * 1000))::bigint end
  from nova.messenger_next_due() n (at)
