-- One that came to no end. $1 the comparison
delete from nova.mail_comparisons where id = $1::bigint and ended_at is null
