drop function if exists nova.add_to_threads(
  uuid[], text[], text[], text[], text[], text[], text[], text[], text[], bigint[], boolean[], boolean[],
  bigint[], integer[], uuid[], text[]);
drop function if exists nova.thread_gains(
  uuid[], text[], text[], text[], text[], text[], text[], text[], text[], bigint[], boolean[], boolean[],
  bigint[], integer[]);
drop function if exists nova.recompute_threads(uuid[], text[]);
drop function if exists nova.thread_participants(jsonb[]), nova.thread_folders(jsonb[]);
drop function if exists nova.lock_threads(uuid[], text[]);
