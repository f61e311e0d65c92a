-- Certificates by their state. Returns: state text, days bigint
select c.state, count(*) from nova.mail_certificates c group by c.state
