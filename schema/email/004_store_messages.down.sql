drop function if exists nova.postpone_refetches(uuid[], text[], bigint[]);
drop function if exists nova.refetch_not_found(uuid, text, bigint);
drop function if exists nova.tombstone_messages(uuid[], text[], bigint[], bigint[]);
drop function if exists nova.store_messages(uuid[], text[], text[], text[], text[], text[], text[], text[], text[],
  text[], text[], text[], text[], text[], bigint[], boolean[], boolean[], bigint[], bytea[], bytea[], bigint[],
  bigint[], text[], text[]);
drop function if exists nova.thread_participants(jsonb[]), nova.thread_folders(jsonb[]);
drop function if exists nova.same_attachments(uuid, text, text);
drop function if exists nova.store_attachments(uuid[], text[], text[]);
drop function if exists nova.recompute_threads(uuid[], text[]);
drop function if exists nova.lock_threads_of(uuid[], text[], text[]);
drop function if exists nova.lock_threads(uuid[], text[]);
drop function if exists nova.judge_observation(bigint, bigint, bigint, timestamptz, boolean, bigint, bigint);
drop function if exists nova.refetch_claim();
drop function if exists nova.deletion_doubt();
drop function if exists nova.open_below();
drop function if exists nova.not_found_delay();
drop function if exists nova.doubt_delay();
drop function if exists nova.provisional_delay();
