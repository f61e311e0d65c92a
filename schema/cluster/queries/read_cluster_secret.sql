-- Returns: secret text
select secret from nova.cluster_secret
