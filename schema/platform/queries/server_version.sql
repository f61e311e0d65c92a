-- Returns: version text, is a standby boolean, server time in microseconds since 1970 bigint
select current_setting('server_version'), pg_is_in_recovery(),
       (extract(epoch from clock_timestamp()) * 1000000)::bigint
