// POST /simulator/authorize: the person has chosen, and the answer goes back (OpenID Connect Core
// 3.1.2.5). The page's button is what sends it: the route takes posts of our own pages only.
#include "base/email.h"
#include "base/encode.h"
#include "crypto/random.h"
#include "handle/endpoints.h"
#include "handle/page.h"
#include "handle/simulator.h"
#include "protocol/oidc/metadata.h"

enum { SUBJECT_BYTES = 12 };

typedef struct {
    call_t *call;
    const simulator_request_t *request;
    const simulator_form_t *form;
    json_t *claims;
} choice_t;

// ---- the form -----------------------------------------------------------------------------------

static result_t form_read(call_t *call, const form_t *form, simulator_form_t *out) {
    *out =
        (simulator_form_t){.is_cancelled = str_eq(page_field(form, STR("action")), STR("cancel")),
                           .email_local = page_field(form, STR("email_local")),
                           .email_domain = page_field(form, STR("email_domain")),
                           .given_name = page_field(form, STR("given_name")),
                           .family_name = page_field(form, STR("family_name")),
                           .claims = page_field(form, STR("claims"))};
    const bool is_known =
        view_scenario_from_name(page_field(form, STR("scenario")), &out->scenario) &&
        view_fault_from_name(page_field(form, STR("fault")), &out->fault);
    return is_known || out->is_cancelled
               ? OK
               : FAIL(&call->err, BAD_REQUEST, "invalid_request", "no such scenario or fault");
}

// A value that is JSON (true, 7, ["a"]) stays what it is; all else is text.
static json_t *value_parse(arena_t *arena, str_t value) {
    SCOPED(json_t) object = NULL;
    err_t why = {0};
    const str_t text = arena_format(arena, "{\"value\":%.*s}", STR_ARG(value));
    const bool is_json =
        json_parse_object(text, text.len, &object, &why) == OK && json_object_size(object) == 1;
    return is_json ? json_incref(json_object_get(object, "value")) : json_str(value);
}

// Lines "key=value"; they win over what the fields say.
static bool claims_add(arena_t *arena, str_t lines, json_t *claims) {
    while (!str_is_empty(lines)) {
        const size_t end = str_find(lines, '\n');
        const str_t line = str_trim(str_sub(lines, 0, end));
        lines = str_sub(lines, end + 1, lines.len);
        const size_t at = str_find(line, '=');
        const str_t name = str_trim(str_sub(line, 0, at));
        const str_t value = str_trim(str_sub(line, at + 1, line.len));
        if (str_is_empty(line)) {
            continue;
        }
        if (at == line.len || str_is_empty(name) ||
            json_object_set_new(claims, arena_c(arena, name), value_parse(arena, value)) != 0) {
            return false;
        }
    }
    return true;
}

// ---- who to be ----------------------------------------------------------------------------------

static result_t subject_of(call_t *call, str_t email, str_t *out) {
    hash256_t hash;
    TRY(sha256(str_bytes(email), &hash, &call->err));
    const str_t hex = hex_encode(call->arena, (bytes_t){hash.bytes, SUBJECT_BYTES});
    *out = arena_format(call->arena, "sim_%.*s", STR_ARG(hex));
    return OK;
}

// The same address is the same person each time.
static result_t person_fill(call_t *call, const email_t *email, const simulator_form_t *form,
                            json_t *claims) {
    str_t subject;
    TRY(subject_of(call, email->normal, &subject));
    const str_t name = str_trim(arena_format(call->arena, "%.*s %.*s", STR_ARG(form->given_name),
                                             STR_ARG(form->family_name)));
    const struct {
        const char *name;
        str_t value;
    } texts[] = {{"sub", subject},
                 {"email", email->display},
                 {"name", name},
                 {"given_name", form->given_name},
                 {"family_name", form->family_name}};
    int failures = json_object_set_new(claims, "email_verified", json_true());
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].value.len > 0) {
            failures += json_object_set_new(claims, texts[i].name, json_str(texts[i].value));
        }
    }
    return failures == 0 ? OK : FAIL(&call->err, INTERNAL, "json_failed", "the claims");
}

static result_t fault_fill(call_t *call, const simulator_form_t *form, json_t *claims) {
    int failures = 0;
    if (form->fault == VIEW_FAULT_EMAIL_MISSING) {
        json_object_del(claims, "email");
        json_object_del(claims, "email_verified");
    } else if (form->fault == VIEW_FAULT_EMAIL_FOREIGN) {
        const str_t foreign =
            arena_format(call->arena, "%.*s@elsewhere.example", STR_ARG(form->email_local));
        failures = json_object_set_new(claims, "email", json_str(foreign));
    } else if (form->fault == VIEW_FAULT_VERIFIED_TEXT) {
        failures = json_object_set_new(claims, "email_verified", json_string("true"));
    }
    return failures == 0 ? OK : FAIL(&call->err, INTERNAL, "json_failed", "the claims");
}

// ---- the way back -------------------------------------------------------------------------------

static void param_add(buf_t *url, const char *name, str_t value) {
    if (!str_is_empty(value)) {
        url_add_param(url, str_from_c(name), value);
    }
}

// As query parameters, or as a form whose button posts them (OAuth 2.0 Form Post Response Mode 2).
static result_t send_back(const choice_t *choice, view_simulator_post_t *answer, response_t *out) {
    call_t *call = choice->call;
    str_t html;
    answer->redirect_uri = choice->request->redirect_uri;
    answer->state = choice->request->state;
    answer->iss = simulator_issuer(call->arena, call->settings); // RFC 9207 2
    if (choice->request->is_form_post) {
        TRY(view_simulator_post(call->arena, call->views, answer, &html, &call->err));
        response_html(out, 200, html);
        out->form_action = STR("http: https:");
        return OK;
    }
    buf_t url = buf_new(call->arena, 1024);
    buf_add(&url, answer->redirect_uri);
    param_add(&url, "code", answer->code);
    param_add(&url, "error", answer->error);
    param_add(&url, "error_description", answer->error_description);
    param_add(&url, "state", answer->state);
    param_add(&url, "iss", answer->iss);
    response_redirect(out, buf_str(&url));
    return OK;
}

static result_t send_error(const choice_t *choice, view_simulator_post_t *answer, response_t *out) {
    out->log_code = STR("error");
    return send_back(choice, answer, out);
}

// Which error is written among the claims.
static result_t send_chosen_error(const choice_t *choice, response_t *out) {
    view_simulator_post_t answer = {.error = STR("server_error")};
    if (!json_get_str(choice->claims, "error", &answer.error) &&
        !json_get_str(choice->claims, "error_description", &answer.error_description)) {
        answer.error_description = STR("the simulator was told to fail");
    }
    return send_error(choice, &answer, out);
}

// Core 4: the sign-in begins here. Ours begins where its callback is; any other names the place
// by a line initiate_login_uri=...
static bool initiate_url(const choice_t *choice, str_t *out) {
    const str_t callback = choice->request->redirect_uri, end = STR("/callback");
    if (json_get_str(choice->claims, "initiate_login_uri", out)) {
        return oidc_url_is_good(*out, true);
    }
    *out = arena_format(choice->call->arena, "%.*s/init",
                        STR_ARG(str_sub(callback, 0, callback.len - end.len)));
    return str_ends(callback, end) && str_starts(callback, choice->call->settings->issuer);
}

static result_t send_to_initiate(const choice_t *choice, str_t url, str_t email, response_t *out) {
    call_t *call = choice->call;
    str_t target;
    buf_t to = buf_new(call->arena, 1024);
    buf_add(&to, url);
    url_add_param(&to, STR("iss"), simulator_issuer(call->arena, call->settings));
    url_add_param(&to, STR("login_hint"), email);
    if (json_get_str(choice->claims, "target_link_uri", &target)) {
        url_add_param(&to, STR("target_link_uri"), target);
    }
    response_redirect(out, buf_str(&to));
    return OK;
}

// ---- signing in ---------------------------------------------------------------------------------

static result_t chosen_text(const choice_t *choice, str_t *out) {
    const simulator_request_t *request = choice->request;
    call_t *call = choice->call;
    SCOPED(json_t) chosen = json_object();
    const int failures =
        json_object_set_new(chosen, "client_id", json_str(request->client_id)) +
        json_object_set_new(chosen, "redirect_uri", json_str(request->redirect_uri)) +
        json_object_set_new(chosen, "nonce", json_str(request->nonce)) +
        json_object_set_new(chosen, "scope", json_str(request->scope)) +
        json_object_set_new(chosen, "code_challenge", json_str(request->code_challenge)) +
        json_object_set_new(chosen, "fault", json_integer(choice->form->fault)) +
        json_object_set_new(chosen, "auth_time", json_integer(call_now(call) / 1000)) +
        json_object_set(chosen, "claims", choice->claims);
    return failures == 0 ? json_text(call->arena, chosen, out, &call->err)
                         : FAIL(&call->err, INTERNAL, "json_failed", "what was chosen");
}

static result_t send_code(const choice_t *choice, response_t *out) {
    call_t *call = choice->call;
    secret_t code;
    hash256_t hash;
    store_simulator_grant_t grant = {.lifetime_s = SIMULATOR_CODE_S};
    TRY(random_token(call->arena, &code, &call->err));
    TRY(hash_token(code, &hash, &call->err));
    TRY(chosen_text(choice, &grant.chosen));
    grant.code_hash = hash256_bytes(&hash);
    TRY(store_simulator_grant_add(call->store, &grant, &call->err));
    view_simulator_post_t answer = {.code = secret_reveal(code)};
    out->log_code = STR("code");
    return send_back(choice, &answer, out);
}

static result_t again(const choice_t *choice, view_simulator_error_t error, response_t *out) {
    const simulator_page_t page = {choice->request, choice->form, error};
    return simulator_page(choice->call, &page, out);
}

static result_t choose(choice_t *choice, response_t *out) {
    call_t *call = choice->call;
    const simulator_form_t *form = choice->form;
    const str_t typed = arena_format(call->arena, "%.*s@%.*s", STR_ARG(form->email_local),
                                     STR_ARG(form->email_domain));
    email_t email;
    err_t why = {0};
    str_t url;
    if (email_parse(call->arena, typed, &email, &why) != OK) {
        return again(choice, VIEW_SIMULATOR_ERROR_EMAIL, out);
    }
    TRY(person_fill(call, &email, form, choice->claims));
    TRY(fault_fill(call, form, choice->claims));
    if (!claims_add(call->arena, form->claims, choice->claims)) {
        return again(choice, VIEW_SIMULATOR_ERROR_CLAIMS, out);
    }
    if (form->scenario == VIEW_SCENARIO_ERROR) {
        return send_chosen_error(choice, out);
    }
    if (form->scenario == VIEW_SCENARIO_IDP_INITIATED) {
        return initiate_url(choice, &url) ? send_to_initiate(choice, url, email.display, out)
                                          : again(choice, VIEW_SIMULATOR_ERROR_CLAIMS, out);
    }
    return send_code(choice, out);
}

result_t handle_simulator_choose(call_t *call, response_t *out) {
    form_t form;
    simulator_request_t request;
    simulator_form_t sent;
    SCOPED(json_t) claims = json_object();
    TRY(simulator_check(call));
    TRY(page_form(call, &form));
    TRY(simulator_request_parse(call, page_field(&form, STR("request")), &request));
    TRY(form_read(call, &form, &sent));
    choice_t choice = {call, &request, &sent, claims};
    view_simulator_post_t cancelled = {.error = STR("access_denied"),
                                       .error_description = STR("cancelled at the simulator")};
    return sent.is_cancelled ? send_error(&choice, &cancelled, out) : choose(&choice, out);
}
