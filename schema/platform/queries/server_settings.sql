-- $1 names text[]
-- Returns: name text, value as the server shows it text, that in bytes or seconds (0: it is no number) bigint,
-- takes lz4 boolean
select s.name, current_setting(s.name),
       case s.unit when '8kB' then s.setting::bigint * 8192 when 'MB' then s.setting::bigint * 1048576
                   when 's' then s.setting::bigint else 0 end,
       coalesce('lz4' = any (s.enumvals), false)
  from pg_settings s
 where s.name = any ($1::text[])
 order by s.name
