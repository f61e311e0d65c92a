-- $1 id. Returns no row or: message id bigint, transport, queue, type, tenant, worker, class,
-- message, fingerprint (text), attempts, deliveries integer, sent at, failed at, retried at in
-- seconds or 0, retried as or 0 (bigint), retried by, headers, body, history (text)
select f.message_id, f.transport, f.queue, f.type, coalesce(f.tenant_id, ''), coalesce(f.worker, ''), f.error_class,
       f.error_message, f.fingerprint, f.attempts, f.deliveries, extract(epoch from f.sent_at)::bigint,
       extract(epoch from f.failed_at)::bigint, coalesce(extract(epoch from f.retried_at)::bigint, 0),
       coalesce(f.retried_as, 0), coalesce(f.retried_by, ''), f.headers::text,
       f.body::text, f.errors::text
  from public.messenger_failed_messages f where f.id = $1::uuid
