drop table if exists nova.cluster_secret, public.operator_actions, public.settings, public.actor_failures, public.cluster_leases, public.cluster_suspicions,
  public.cluster_nodes, public.cluster_state;
