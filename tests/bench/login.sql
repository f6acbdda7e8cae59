-- What one login writes and reads in the database, by nothing but pgbench: the floor beside which
-- tools/bench shows the logins of Gatehouse. One pipelined transaction for each of its commits; the
-- mail's two are the outbox's.
\set n random(1, 4000000000000000000)

-- authorize
select id, type, redirect_uris from applications where id = :client;
\startpipeline
begin;
insert into flows (id, browser_hash, client_id, redirect_uri, scope, state, nonce, code_challenge,
    prompt, login_hint, ui_locales, organization_id, expires_at)
values ('req_' || :n, sha256(:n::text::bytea), :client, 'http://localhost/callback',
    'openid email offline_access', 's', 'n', 'challenge', '', '', '', '', now() + interval '1 hour');
insert into audit_events (event, decision, reason, flow_id, client_id, user_id, session_id, email,
    request_id, ip, user_agent)
values ('authorize', 'login_page', 'no session', 'req_' || :n, :client, '', '', '', 'r', 'i', 'u');
commit;
\endpipeline

-- the email
select id, status, email from flows where id = 'req_' || :n;
select id from users where email = :n || '@bench.example';
\startpipeline
begin;
insert into rate_counters (key, window_ends_at, count)
values (sha256(('a' || :n)::bytea), now() + interval '1 minute', 1),
    (sha256(('b' || :n)::bytea), now() + interval '1 hour', 1),
    (sha256(('c' || :n)::bytea), now() + interval '1 minute', 1)
on conflict (key) do update set count = rate_counters.count + 1;
insert into challenges (id, flow_id, purpose, email, email_display, code_hash, link_hash,
    code_sealed, confirm_number, expires_at)
values ('chl_' || :n, 'req_' || :n, 'login', :n || '@bench.example', :n || '@bench.example',
    sha256(:n::text::bytea), sha256(('l' || :n)::bytea), sha256(:n::text::bytea), '42',
    now() + interval '5 minutes');
insert into outbox (id, sealed, expires_at)
values ('out_' || :n, repeat('x', 3000)::bytea, now() + interval '5 minutes');
update flows set email = :n || '@bench.example' where id = 'req_' || :n;
insert into audit_events (event, decision, reason, flow_id, client_id, user_id, session_id, email,
    request_id, ip, user_agent)
values ('email', 'send_code', 'no match', 'req_' || :n, :client, '', '', :n || '@bench.example',
    'r', 'i', 'u');
commit;
\endpipeline
update outbox set attempts = 1, due_at = now() + interval '1 minute' where id = 'out_' || :n;
update outbox set sent_at = now(), sealed = null where id = 'out_' || :n;

-- the code
select f.id, c.code_hash from flows f join challenges c on c.flow_id = f.id
where f.id = 'req_' || :n and c.superseded_at is null;
update challenges set tries = tries + 1 where id = 'chl_' || :n and tries < 5;
\startpipeline
begin;
update challenges set consumed_at = now() where id = 'chl_' || :n and consumed_at is null;
insert into users (id, email, email_display, proven_at)
values ('usr_' || :n, :n || '@bench.example', :n || '@bench.example', now());
insert into sessions (id, token_hash, user_id, amr, expires_at, ip, user_agent)
values ('ses_' || :n, sha256(('s' || :n)::bytea), 'usr_' || :n, '{email}',
    now() + interval '30 days', 'i', 'u');
insert into grants (id, client_id, user_id, session_id, scope, nonce)
values ('gra_' || :n, :client, 'usr_' || :n, 'ses_' || :n, 'openid', 'n');
insert into authorization_codes (hash, grant_id, redirect_uri, code_challenge, expires_at)
values (sha256(('c' || :n)::bytea), 'gra_' || :n, 'http://localhost/callback', 'challenge',
    now() + interval '1 minute');
insert into known_browsers (browser_hash, email)
values (sha256(:n::text::bytea), :n || '@bench.example');
update flows set status = 'completed', closed_at = now() where id = 'req_' || :n;
insert into audit_events (event, decision, reason, flow_id, client_id, user_id, session_id, email,
    request_id, ip, user_agent)
values ('code', 'complete', 'code was right', 'req_' || :n, :client, 'usr_' || :n, 'ses_' || :n,
    :n || '@bench.example', 'r', 'i', 'u');
commit;
\endpipeline

-- the token
select g.id, u.email from authorization_codes c join grants g on g.id = c.grant_id
join users u on u.id = g.user_id where c.hash = sha256(('c' || :n)::bytea);
\startpipeline
begin;
update authorization_codes set consumed_at = now()
where hash = sha256(('c' || :n)::bytea) and consumed_at is null;
insert into refresh_tokens (hash, grant_id, expires_at)
values (sha256(('r' || :n)::bytea), 'gra_' || :n, now() + interval '30 days');
insert into audit_events (event, decision, reason, flow_id, client_id, user_id, session_id, email,
    request_id, ip, user_agent)
values ('token', 'issue', 'code was right', 'req_' || :n, :client, 'usr_' || :n, 'ses_' || :n,
    :n || '@bench.example', 'r', 'i', 'u');
commit;
\endpipeline
