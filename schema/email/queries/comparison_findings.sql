-- What a comparison found, up to $2 ids of each kind. $1 the comparison.
-- Returns: id text, what text (`missing`, `extra`, `differing`, `rejected` or `in flight`), the columns that differ or
-- why it could not be read text, how many of that kind bigint
select j.id, j.what, coalesce(l.rejected, nullif(l.differs, 'missing'), ''), j.total
  from (select k.id, k.what, count(*) over w as total, row_number() over (w order by k.id) as place
          from nova.judge_comparison($1::bigint) k
         where k.what <> 'equal'
        window w as (partition by k.what)) j
  left join nova.mail_listed l on l.comparison_id = $1::bigint and l.nylas_message_id = j.id
 where j.place <= $2::bigint
 order by j.what, j.id
