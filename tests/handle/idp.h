// An identity provider for one test: a web server with a discovery document, keys, a token endpoint
// and userinfo, which says what the test wants. Connections to it are rows of the test's own.
#pragma once
#include "base/str.h"

void idp_start(void);
void idp_stop(void);

// "http://127.0.0.1:<port>".
const char *idp_issuer(void);

// Rows: Megacorp (org_mega, SSO on, verified domain megacorp.example) with its connection
// conn_mega, another connection conn_other of it that is switched off, and Google-like social ones.
void idp_organization(void);
void idp_social(void); // conn_social: an OpenID provider of everybody, whose email is trusted

// What the token endpoint gives next: an ID token of these claims (JSON with ' for ", without iss,
// aud, exp, iat and nonce, which are right) with this nonce.
void idp_says(const char *claims, str_t nonce);
// Every path answers with this status instead; 0: as it should.
void idp_fails(int status);

// How often somebody asked.
int idp_token_requests(void);
int idp_key_requests(void);
int idp_discovery_requests(void);
// The last request to the token endpoint.
str_t idp_token_request(void);
// Another key signs from now on; the document with the keys knows it only if `is_published`.
void idp_rotate(bool is_published);
