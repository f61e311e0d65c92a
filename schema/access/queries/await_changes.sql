-- Has channel nova_changes notified. $1 who waits text, $2 for so many milliseconds bigint
select nova.await_changes($1::text, $2::bigint * interval '1 millisecond')
