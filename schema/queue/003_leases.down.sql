do $$
begin
  if to_regnamespace('nova_queue') is null then
    return;
  end if;
  drop function if exists nova_queue.release_unread(bigint, text, bigint[]);
  drop function if exists nova_queue.release_reader(bigint);
  drop function if exists nova_queue.read(text, integer, integer, integer, bigint);
  drop function if exists nova_queue.delete_leased(text, bigint[], integer[]);
  drop function if exists nova_queue.archive_leased(text, bigint[], integer[], text);
  drop function if exists nova_queue.extend_leased(text, bigint[], integer[], integer);
  drop function if exists nova_queue.hold_leased(text, bigint[], integer[], integer);
  drop function if exists nova_queue.leased(text, bigint[], integer[]);
  drop function if exists nova_queue.metrics(text);
  drop function if exists nova_queue.row_count(regclass);
  drop function if exists nova_queue.peek(text, integer);
end
$$;
