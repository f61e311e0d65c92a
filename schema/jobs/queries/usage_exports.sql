-- $1 keep interval or null. Files of exported usage, in order.
-- Returns: month text, part integer, format text, file text, rows bigint, bytes bigint, sha256 text, content bigint,
-- deletion has begun boolean, and ended boolean, its month is kept no longer boolean
select to_char(e.month, 'YYYY-MM'), e.part, e.format, e.file, e.rows, e.bytes, e.sha256, e.content,
       e.deleting_since is not null, e.deleted_at is not null,
       coalesce(e.month + interval '1 month' <= now() - $1::interval, false)
  from nova.upkeep_exports e where e.target = 'usage_metrics' order by e.month, e.part
