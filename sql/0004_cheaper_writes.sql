-- What a login pays for with every write, and what nobody would miss.

-- A reference locks the row that it names until the commit. All logins of an application named its
-- one row, twice each, and stood in each other's way there. An application is never deleted, only
-- switched off, and every read joins the row and finds nothing without it. A grant's user is that of
-- its session, with which it goes.
alter table flows drop constraint flows_client_id_fkey;
alter table grants drop constraint grants_client_id_fkey;
alter table grants drop constraint grants_user_id_fkey;

-- A table's CHECK is read anew for every update of any column; a domain's only when its column is
-- written.
create domain flow_status as text check (value in ('open', 'completed', 'failed'));
alter table flows drop constraint flows_status_check;
alter table flows alter column status drop default, alter column status type flow_status;
alter table flows alter column status set default 'open';
create domain challenge_purpose as text check (value in ('login', 'sso_trust'));
alter table challenges drop constraint challenges_purpose_check;
alter table challenges alter column purpose type challenge_purpose;

-- Audit rows are appended in the order of their time, which is what a block range index is for.
drop index audit_events_by_time;
create index audit_events_by_time on audit_events using brin (at);
