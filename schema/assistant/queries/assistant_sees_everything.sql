-- Whether policies leave something out for this role. Returns: boolean
select not (row_security_active('public.usage_metrics') or row_security_active('public.feedback')
            or row_security_active('public.tenants'))
