drop function if exists nova.take_leases(text[], bigint, interval);
drop function if exists nova.renew_leases(bigint, text[], bigint[], interval);
drop function if exists nova.take_lease(text, bigint, interval);
drop function if exists nova.release_lease(text, bigint, bigint);
