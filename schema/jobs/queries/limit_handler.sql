-- $1 handler bigint, $2 what is limited text, $3 running, $4 rate integer, $5 its time in milliseconds bigint,
-- $6 failures integer, $7 pause in milliseconds bigint; '' and 0: no such limit
select nova.limit_handler($1::bigint, $2, $3::integer, $4::integer, $5::bigint * interval '1 millisecond', $6::integer,
                          $7::bigint * interval '1 millisecond')
