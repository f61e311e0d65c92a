-- Returns: config ids text
select r::text from nova.recover_premature_completions() r
