-- Returns: version text, its number integer (150018 is 15.18), is a standby boolean, server time in microseconds since
-- 1970 bigint
select current_setting('server_version'), current_setting('server_version_num')::integer, pg_is_in_recovery(),
       (extract(epoch from clock_timestamp()) * 1000000)::bigint
