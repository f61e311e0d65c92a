drop function if exists nova.mail_after_restore();
