-- $1 node bigint, $2 lease in milliseconds bigint, $3 load as JSON text or null
-- Returns: state text, cluster version bigint, settings revision bigint; no row: declared dead
select h.state, h.cluster_version, h.settings_revision
  from nova.heartbeat($1::bigint, $2::bigint * interval '1 millisecond', $3::jsonb) h
