drop function if exists nova.postpone_refetches(uuid[], text[], bigint[]);
drop function if exists nova.refetch_not_found(uuid, text, bigint, interval);
drop function if exists nova.tombstone_messages(uuid[], text[], bigint[], bigint[]);
drop function if exists nova.lock_threads_of(uuid[], text[], text[]);
drop function if exists nova.refetch_claim();
drop function if exists nova.not_found_looks();
drop function if exists nova.not_found_delay_short();
drop function if exists nova.not_found_delay();
