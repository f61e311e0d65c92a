-- On which machine a node runs: a loopback address means something there only.

alter table public.cluster_nodes add column if not exists machine text not null default '';
comment on column public.cluster_nodes.machine is 'The boot of the kernel and the network namespace that it runs in: nodes with the same reach each other''s loopback addresses. Empty: not told.';

create or replace function nova.name_machine(node bigint, machine_name text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update public.cluster_nodes n set machine = machine_name where n.id = node and n.ended_at is null;
  return found;
end
$$;
comment on function nova.name_machine(bigint, text) is 'Says where a node runs. False when it has ended.';
revoke all on function nova.name_machine(bigint, text) from public;
