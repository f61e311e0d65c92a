-- $1 text[] ids, $2 text[] statuses, $3 text[] errors, $4 bigint[] milliseconds,
-- $5 bigint[] queue message ids or 0, $6 integer[] read_cts, $7 boolean[] keep in the queue.
-- Returns: acknowledged bigint
select nova.finish_notifications($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::integer[],
                                 $7::boolean[])
