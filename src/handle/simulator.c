#include "handle/simulator.h"
#include "protocol/oidc/metadata.h"
#include "protocol/oidc/pkce.h"

enum {
    STATE_MAX = 2048,
    QUERY_MAX = 8192,
};

result_t simulator_check(call_t *call) {
    return call->settings->simulator == SIMULATOR_OFF
               ? FAIL(&call->err, NOT_FOUND, "not_found", "the simulator is switched off")
               : OK;
}

str_t simulator_issuer(arena_t *arena, const settings_t *settings) {
    return arena_format(arena, "%.*s/simulator", STR_ARG(settings->issuer));
}

// ---- the request --------------------------------------------------------------------------------

static str_t field(const form_t *form, const char *name) {
    str_t value;
    return form_get(form, str_from_c(name), &value) == FORM_ONE ? value : STR_NONE;
}

static result_t bad(call_t *call, const char *what) {
    return FAIL(&call->err, BAD_REQUEST, "invalid_request", "%s", what);
}

// RFC 7636 4.3: a challenge without a method would be plain.
static result_t check_pkce(call_t *call, const form_t *form, str_t challenge) {
    if (str_is_empty(challenge)) {
        return OK;
    }
    return str_eq(field(form, "code_challenge_method"), STR("S256")) &&
                   oidc_pkce_is_challenge(challenge)
               ? OK
               : bad(call, "code_challenge must be one of S256");
}

static result_t check(call_t *call, const form_t *form, const simulator_request_t *request) {
    const str_t mode = field(form, "response_mode");
    if (str_is_empty(request->client_id)) {
        return bad(call, "client_id is missing");
    }
    if (!oidc_url_is_good(request->redirect_uri, true)) {
        return bad(call, "redirect_uri must be an http or https URL without a fragment");
    }
    if (!str_eq(field(form, "response_type"), STR("code"))) {
        return bad(call, "response_type must be code");
    }
    if (!str_is_empty(mode) && !str_eq(mode, STR("query")) && !request->is_form_post) {
        return bad(call, "response_mode must be query or form_post");
    }
    if (request->state.len > STATE_MAX || str_has_control(request->state)) {
        return bad(call, "state is too long or holds control characters");
    }
    return check_pkce(call, form, request->code_challenge);
}

result_t simulator_request_parse(call_t *call, str_t query, simulator_request_t *out) {
    form_t form;
    if (query.len > QUERY_MAX) {
        return bad(call, "the request is too long");
    }
    TRY(form_parse(call->arena, query, &form, &call->err));
    if (form_has_repeats(&form)) {
        return bad(call, "a parameter is given more than once");
    }
    *out = (simulator_request_t){
        .query = query,
        .client_id = field(&form, "client_id"),
        .redirect_uri = field(&form, "redirect_uri"),
        .state = field(&form, "state"),
        .nonce = field(&form, "nonce"),
        .scope = field(&form, "scope"),
        .code_challenge = field(&form, "code_challenge"),
        .login_hint = field(&form, "login_hint"),
        .is_form_post = str_eq(field(&form, "response_mode"), STR("form_post")),
        .is_prompt_none = str_list_has(field(&form, "prompt"), STR("none")),
    };
    return check(call, &form, out);
}

// ---- the key ------------------------------------------------------------------------------------

result_t simulator_key_open(call_t *call, const store_simulator_key_t *row, signing_key_t **out) {
    const signing_sealed_t sealed = {SIGNING_RS256, row->kid, row->sealed};
    if (!row->is_present) {
        return FAIL(&call->err, UNAVAILABLE, "simulator_key", "the simulator has no key yet");
    }
    return signing_key_open(call->arena, call->master, &sealed, out, &call->err);
}
