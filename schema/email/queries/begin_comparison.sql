-- $1 inbox id, $2 first day text, $3 the day after the last text (empty: no bound), $4 who compares, $5 the first
-- day that the provider lists text (empty: all). Returns: number of the comparison
select nova.begin_comparison($1::uuid, nullif($2::text, '')::date, nullif($3::text, '')::date, $4::text,
                             nullif($5::text, '')::date)
