-- The same by somebody else's hand: numbers as ids, names in camel case, times as text, nothing unique but the keys.
create table flux_inboxes (
  id bigint primary key,
  "ownerId" integer,
  "emailAddress" text,
  "nylasGrantId" text,
  provider text,
  state text,
  "createdAt" text
);
create table support_inbox_configurations (
  id bigint primary key,
  "inboxId" bigint,
  status text,
  "startDate" text,
  "endDate" text,
  "createdAt" text
);
create table flux_email_threads (
  id bigint primary key,
  "inboxId" bigint,
  "nylasThreadId" text
);
create table flux_email_messages (
  id bigint primary key,
  "inboxId" bigint,
  "threadId" bigint,
  "nylasMessageId" text,
  subject text,
  "from" text,
  "to" text,
  html text,
  sent_at text,
  "isUnread" integer
);
