-- $1 run. Returns: how many keys its listing has shown bigint
select count(*) from nova.sync_seen s where s.run = $1::uuid
