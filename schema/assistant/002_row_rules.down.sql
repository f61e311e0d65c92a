drop function if exists nova.add_user_key(regclass, text);
drop function if exists nova.add_key(regclass, text, text);
drop function if exists nova.name_callers(regclass);
drop function if exists nova.expect_all_rows(regclass[]);
drop function if exists nova.protect_tenant_table(regclass);
drop function if exists nova.tenant_of_message();
drop function if exists nova.tenant_of_conversation();
drop function if exists nova.touch_conversations();
drop function if exists nova.touch_updated_at();
