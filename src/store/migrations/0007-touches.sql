-- Until when a touch waits: a settling as of an earlier instant does not know yet what was learnt, and must not take it away.

alter table touches add column learnt timestamptz not null default '-infinity';
