// What a person's browser does in a login, step by step.
#pragma once
#include "fault/world.h"

#define PERSON_CALLBACK "https://app.example.com/callback"
#define PERSON_AUTHORIZE                                                                           \
    "response_type=code&client_id=skc_1&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback"     \
    "&scope=openid%20profile%20email&state=s"

// For TestSuite: an application, a mail server, the identity provider, a browser.
void person_setup(void);
void person_teardown(void);

world_answer_t person_get(const char *path, str_t query);
world_answer_t person_post(const char *path, str_t body);
// Follows a location of our own.
world_answer_t person_follow(str_t location);

// /oauth/authorize with further parameters ("" or "&organization_id=..."); where it leads.
str_t person_begin(const char *more);
// Types an address on the login page of the flow; where it leads.
str_t person_enter(str_t flow, const char *email);
// "flow=<id>&form_token=<token>" of the form on that page.
str_t person_form(const char *path, str_t flow);
// The code that was mailed last.
str_t person_code(void);
// Types that code.
world_answer_t person_verify(str_t flow, str_t code);

// On the way to the provider: the request that went out.
typedef struct {
    str_t flow, url, state, nonce;
} person_sent_t;
person_sent_t person_go(str_t location);
// And back: "?code=c&state=...&iss=..." at the connection's callback.
world_answer_t person_return(const char *connection, const person_sent_t *sent);
// All of it: authorize, address, provider, which says `claims`.
world_answer_t person_sso(const char *email, const char *claims);

bool person_has(str_t text, const char *part);
#define assert_has(text_, part_)                                                                   \
    cr_assert(person_has((text_), (part_)), "no %s in: %.*s", (part_), STR_ARG(text_))
#define assert_leads(answer_, to_)                                                                 \
    cr_assert(str_starts((answer_).location, str_from_c(to_)), "%d %.*s %.*s", (answer_).status,   \
              STR_ARG((answer_).location), STR_ARG((answer_).body))
