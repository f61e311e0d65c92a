-- $1 type of watermarks, $2 and $3 values. Returns: the lesser of both, text
select case $1::text when 'timestamp'
                     then to_char(least($2::text::timestamptz, $3::text::timestamptz) at time zone 'UTC',
                                  'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                     when 'number' then least($2::text::numeric, $3::text::numeric)::text
                     else least($2::text collate "C", $3::text collate "C") end
