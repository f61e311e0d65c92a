-- Returns of transports of brokers: name, type, config as JSON text, whether it takes and gives out messages boolean
select b.name, b.type, b.config, b.open from nova.messenger_brokers() b
