-- Returns: how many notifications source_give wrote bigint
select current_setting('nova.adopt_given')::bigint
