drop function if exists nova.postpone_refetches(uuid[], text[], bigint[]);
