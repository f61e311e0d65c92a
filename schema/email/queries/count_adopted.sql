-- Returns for each table: its name text, rows that are here bigint, rows that could not be copied bigint
select a.source_table, count(*) filter (where a.reason is null), count(*) filter (where a.reason is not null)
  from nova.adopted_rows a group by a.source_table order by a.source_table
