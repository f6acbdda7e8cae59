#include "protocol/oidc/logout.h"
#include "protocol/oidc/discovery.h"
#include "protocol/oidc/redirect.h"

enum { TEXT_LEN_MAX = 2048, HINT_LEN_MAX = 8192 };

static str_t form_one(const form_t *form, const char *name) {
    str_t value;
    return form_get(form, str_from_c(name), &value) == FORM_ONE ? value : STR("");
}

void oidc_logout_parse(const form_t *form, oidc_logout_t *out) {
    *out = (oidc_logout_t){
        .id_token_hint = form_one(form, "id_token_hint"),
        .client_id = form_one(form, "client_id"),
        .redirect_uri = form_one(form, "post_logout_redirect_uri"),
        .state = form_one(form, "state"),
        .ui_locales = form_one(form, "ui_locales"),
        .form_token = form_one(form, "form_token"),
    };
    out->has_state = out->state.len > 0;
    if (form_has_repeats(form)) {
        out->defect = oidc_defect("invalid_request", "a parameter is given more than once");
    } else if (out->client_id.len > TEXT_LEN_MAX || out->redirect_uri.len > TEXT_LEN_MAX ||
               out->state.len > TEXT_LEN_MAX || out->ui_locales.len > TEXT_LEN_MAX ||
               out->id_token_hint.len > HINT_LEN_MAX) {
        out->defect = oidc_defect("invalid_request", "a parameter is too long");
    }
}

static void param_add(buf_t *url, const char *name, str_t value) {
    if (value.len) {
        url_add_param(url, str_from_c(name), value);
    }
}

str_t oidc_logout_url(arena_t *arena, const oidc_logout_t *request) {
    buf_t url = buf_new(arena, 256);
    buf_add_c(&url, OIDC_PATH_LOGOUT);
    param_add(&url, "id_token_hint", request->id_token_hint);
    param_add(&url, "client_id", request->client_id);
    param_add(&url, "post_logout_redirect_uri", request->redirect_uri);
    param_add(&url, "state", request->state);
    param_add(&url, "ui_locales", request->ui_locales);
    return buf_str(&url);
}

// A hint that is given and not valid may be an attack on the redirect as well as on the session: it
// takes both away. Without any hint a registered URI is still the client's own choice.
static bool may_redirect(const oidc_logout_facts_t *facts) {
    const bool is_hint_bad = facts->request->id_token_hint.len && !facts->has_hint;
    return !is_hint_bad && facts->is_client_usable &&
           oidc_redirect_matches(&facts->post_logout_uris, facts->request->redirect_uri, false);
}

oidc_logout_decision_t oidc_logout_decide(const oidc_logout_facts_t *facts) {
    const bool may_go_on = may_redirect(facts);
    if (!facts->has_session) {
        return (oidc_logout_decision_t){OIDC_LOGOUT_DONE, may_go_on, "no session in this browser"};
    }
    if (facts->is_confirmed) {
        return (oidc_logout_decision_t){OIDC_LOGOUT_END, may_go_on, "confirmed by the person"};
    }
    if (facts->has_hint && str_eq(facts->hint.session_id, facts->session_id) &&
        str_eq(facts->hint.user_id, facts->user_id)) {
        return (oidc_logout_decision_t){OIDC_LOGOUT_END, may_go_on,
                                        "id_token_hint of this browser's session"};
    }
    return (oidc_logout_decision_t){OIDC_LOGOUT_CONFIRM, may_go_on,
                                    facts->has_hint ? "id_token_hint of another session"
                                                    : "no valid id_token_hint"};
}
