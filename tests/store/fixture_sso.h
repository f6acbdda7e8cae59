// Organizations with single sign-on, social connections, and what they say about people.
#pragma once
#include "store/fixture.h"
#include "store/sso.h"

// org_<name> with the verified domain <name>.example and the connection conn_<name>.
void make_organization(const char *name);
// conn_google, enabled, of provider GOOGLE.
void make_social(void);
void make_member(const char *organization, const char *user, const char *status);
// An open invitation of usr_inv with the token hash_of("invitation", 1), the address unproven.
void make_invitation(const char *organization, const char *email);

// What conn_<name> (or conn_google) said in flow n, at epoch 1; ast_<n>.
store_assertion_t assertion_of(arena_t *where, int n, const char *name, const char *subject,
                               const char *email);
// A completion of flow n through conn_<name>, trusted by its domain, which makes a member.
store_completion_t sso_of(arena_t *where, int n, const char *name, const store_assertion_t *said);
// A completion by a social connection's word.
store_completion_t social_of(arena_t *where, int n, const store_assertion_t *said);
// All of it with flow n.
result_t sso_login(int n, const char *name, const char *subject, const char *email);

// Flow n with a code to `email`, whose proof links what was said (NULL: nothing).
result_t start_proof(int n, const store_assertion_t *said, const char *email);
// M5: a completion of flow n by the code that confirms a guest of conn_acme.
store_completion_t guest_of(int n, const store_assertion_t *said);

result_t complete(const store_completion_t *in);
// The user of a session, a grant and so on: a number from "select count(*) from <rest>".
int64_t count_of(const char *rest);
