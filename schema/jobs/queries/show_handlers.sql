-- Handlers with who set them. Returns: type, transport, queue text or NULL, kind, config as JSON text, timeout in
-- milliseconds bigint, enabled boolean, set_by text, set_at seconds since 1970 bigint
select h.type, h.transport, h.queue, h.kind, h.config, (extract(epoch from h.timeout) * 1000)::bigint, h.enabled,
       h.set_by, floor(extract(epoch from h.set_at))::bigint
  from nova.messenger_handlers h order by h.queue is not null, h.type, h.queue, h.transport nulls first
