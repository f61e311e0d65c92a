-- Returns: queue text, what it became text, how many bigint, of them given back bigint
select t.queue, t.became, count(*), count(t.returned_at) from nova.taken_messages t
 group by t.queue, t.became order by t.queue, t.became
