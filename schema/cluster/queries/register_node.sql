-- A node starts. $1 name text, $2 roles text[], $3 version text, $4 address text,
-- $5 protocol, $6 oldest protocol, $7 capacity integer, $8 lease in milliseconds bigint,
-- $9 machine text, $10 the incarnation that it replaces bigint (0: none).
-- Returns: id bigint, epoch bigint
select n.id, n.epoch
  from nova.register_node($1, $2::text[], $3, $4, $5::integer, $6::integer, $7::integer,
                          $8::bigint * interval '1 millisecond', replaces => nullif($10::bigint, 0),
                          machine_name => $9) n
