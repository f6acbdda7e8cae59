// The identity provider for developers at <issuer>/simulator, where everybody may be anybody: what
// its endpoints share. Real OpenID Connect over HTTP with a key of its own, for any client_id and
// any redirect_uri; each route is a 404 unless GATEHOUSE_SIMULATOR says otherwise.
#pragma once
#include "base/form.h"
#include "base/json.h"
#include "handle/operate.h"
#include "store/simulator.h"

enum {
    SIMULATOR_CODE_S = 300,
    SIMULATOR_ACCESS_S = 3600,
    SIMULATOR_ID_TOKEN_S = 300,
};

// NOT_FOUND if it is switched off. The first line of each endpoint.
MUST_USE result_t simulator_check(call_t *call);

// Its issuer, in the arena: never equal to ours, so that no token of one passes for the other's.
str_t simulator_issuer(arena_t *arena, const settings_t *settings);

// The authorization request. Texts point into the arena.
typedef struct {
    str_t query; // as it came: the page's form carries it to the next step
    str_t client_id, redirect_uri, state, nonce, scope, code_challenge, login_hint;
    bool is_form_post;
    bool is_prompt_none;
} simulator_request_t;
// BAD_REQUEST says what is wrong. Nothing is ever told to the redirect URI without the person's
// button: this is no open redirector, though every URI is accepted.
MUST_USE result_t simulator_request_parse(call_t *call, str_t query, simulator_request_t *out);

// What the page has sent back.
typedef struct {
    view_scenario_t scenario;
    view_fault_t fault;
    bool is_cancelled;
    str_t email_local, email_domain, given_name, family_name, claims;
} simulator_form_t;

// The page for a request; `form` NULL: nothing was sent yet, all is prefilled from the request.
typedef struct {
    const simulator_request_t *request;
    const simulator_form_t *form;
    view_simulator_error_t error;
} simulator_page_t;
MUST_USE result_t simulator_page(call_t *call, const simulator_page_t *page, response_t *out);

// The one key of all instances. The caller frees it.
MUST_USE result_t simulator_key_open(call_t *call, const store_simulator_key_t *row,
                                     signing_key_t **out);
