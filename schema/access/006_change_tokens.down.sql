drop function if exists public.mail_change_token(text, text, interval);
drop function if exists nova.check_change_token(bytea);
drop table if exists nova.change_tokens;
delete from nova.rights where relation = 'public.mail_change_token(text,text,interval)';
