-- Locks the threads that messages are in or are said to be in. $1 text[] inbox ids,
-- $2 text[] message ids, $3 text[] thread ids, empty when none is named.
select nova.lock_threads_of($1::text[]::uuid[], $2::text[], $3::text[])
