drop function if exists nova.reject_still(uuid[], text[], bytea[], text[], text);
drop function if exists nova.claim_rejects(text, bigint);
drop function if exists nova.forget_rejects(uuid[], text[], bytea[]);
drop function if exists nova.record_rejects(uuid[], text[], bytea[], text[], text[], text[], text);
drop function if exists nova.reject_bytes_max();
