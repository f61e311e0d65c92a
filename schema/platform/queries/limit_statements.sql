-- $1 milliseconds bigint: the statements after this one, in its transaction, end after so long. What runs has its
-- limit from its beginning, so a function cannot set its own.
select set_config('statement_timeout', $1::bigint::text, true)
