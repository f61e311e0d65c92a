drop table if exists nova.cluster_secret, nova.operator_actions, nova.settings, nova.actor_failures,
  nova.cluster_leases, nova.cluster_suspicions, nova.cluster_nodes, nova.cluster_state;
