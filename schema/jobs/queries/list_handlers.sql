-- Handlers that are set and enabled. Returns: type, transport, queue text or NULL, kind, config as
-- JSON text, timeout in milliseconds bigint, id bigint, limit_key text or NULL
select h.type, h.transport, h.queue, h.kind, h.config, (extract(epoch from h.timeout) * 1000)::bigint, h.id,
       h.limit_key
  from nova.messenger_handlers h where h.enabled order by h.id
