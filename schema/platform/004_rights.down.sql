drop function if exists nova.set_rights();
drop function if exists nova.close_to_browsers();
drop function if exists nova.close_functions();
drop function if exists nova.grant_api_roles();
drop function if exists nova.grant_calls(name, text[]);
drop function if exists nova.grant_rights(name, text, text[]);
drop function if exists nova.let(name, text, regclass);
drop table if exists nova.rights;
