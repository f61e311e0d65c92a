-- How many attachments are due, and how many of these failed several times; of each at most 100,000.
-- Returns: waiting bigint, failing bigint
select (select count(*) from (select from nova.attachment_bytes b where b.state = 'due' limit 100000) w),
       (select count(*) from (select from nova.attachment_bytes b
                               where b.state = 'due' and b.attempts >= 5 limit 100000) f)
