drop function if exists nova.suspect_node(bigint, bigint, boolean, text, interval);
