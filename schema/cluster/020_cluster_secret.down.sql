drop table if exists nova.cluster_secret;
