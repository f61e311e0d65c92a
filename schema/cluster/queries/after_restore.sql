-- Returns: step text, rows bigint
select step, rows from nova.after_restore()
