-- Enters what is to be certified. Returns: how many are new integer
select nova.plan_certifications()
