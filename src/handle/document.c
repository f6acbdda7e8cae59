#include "handle/document.h"

#include "crypto/jwt.h"

enum {
    FETCH_MS = 10000,
    WRITE_MS = 2000, // kept of the request's time for what comes after the fetch
    NEWER_MS = 2000, // for a copy that somebody else is fetching
    NEWER_PAUSE_MS = 50,
    SILENT_MS = 5000, // so long without an answer holds threads that others need
    LIFETIME_MIN_S = 300,
    LIFETIME_S = 3600, // where the provider says nothing
    LIFETIME_MAX_S = 86400,
};

// ---- fetching -----------------------------------------------------------------------------------

static deadline_t fetch_deadline(const call_t *call) {
    const int64_t left_ms = deadline_left_ms(call->request->deadline) - WRITE_MS;
    return deadline_shrink(call->request->deadline, left_ms < FETCH_MS ? left_ms : FETCH_MS);
}

bool document_enter(call_t *call, str_t connection_id, fault_t *out_fault) {
    call_store_release(call);
    if (call_remote_enter(call, connection_id)) {
        return true;
    }
    *out_fault = (fault_t){.code = "temporarily_unavailable",
                           .text = STR("too many requests to this provider are under way"),
                           .kind = VIEW_NOTICE_SSO_BUSY};
    return false;
}

// The gate learns who answers. What failed at once held nobody up, and time that we did not have is
// not the provider's fault: neither says anything about it.
static result_t fetch_inside(call_t *call, const http_request_t *request, http_response_t *out,
                             err_t *why) {
    const deadline_t deadline = fetch_deadline(call);
    const int64_t given_ms = deadline_left_ms(deadline);
    http_client_use(call->http, call->arena, deadline);
    const result_t result = http_fetch(call->http, request, out, why);
    const bool is_silent = (result == TIMEOUT || result == UNAVAILABLE) &&
                           given_ms - deadline_left_ms(deadline) >= SILENT_MS;
    if (result == OK || is_silent) {
        gate_note(call->gate, call->gate_place, is_silent);
    }
    return result;
}

result_t document_fetch(call_t *call, str_t connection_id, const http_request_t *request,
                        http_response_t *out, fault_t *out_fault) {
    err_t why = {0};
    const bool is_visit = !call->is_in_gate;
    call_store_release(call);
    if (is_visit && !document_enter(call, connection_id, out_fault)) {
        return OK;
    }
    const result_t result = fetch_inside(call, request, out, &why);
    if (is_visit) {
        call_remote_leave(call);
    }
    if (result == INTERNAL) {
        call->err = why;
        return INTERNAL;
    }
    if (result != OK) {
        fault_set(call, "provider_unreachable", &why, out_fault);
        out_fault->kind = VIEW_NOTICE_SSO_UNREACHABLE;
    }
    return OK;
}

// ---- judging ------------------------------------------------------------------------------------

// Only what can be used replaces what is there.
static result_t judge(call_t *call, const document_want_t *want, const http_response_t *response,
                      err_t *why) {
    const oidc_answer_t answer = {response->status, response->content_type, response->body};
    if (want->kind == STORE_DISCOVERY) {
        oidc_metadata_t metadata;
        const oidc_metadata_rules_t rules = {want->issuer, call->settings->is_http_allowed};
        return oidc_metadata_parse(call->arena, &answer, &rules, &metadata, why);
    }
    SCOPED(jwks_t) keys = NULL;
    if (response->status != 200) {
        return FAIL(why, REFUSED, "provider_answer", "the keys: HTTP status %d", response->status);
    }
    TRY(jwks_parse(response->body, &keys, why));
    return jwks_count(keys) > 0 ? OK
                                : FAIL(why, REFUSED, "provider_answer", "there is no usable key");
}

static int64_t lifetime_of(const http_response_t *response) {
    const int64_t said_s = response->cache_s < 0 ? LIFETIME_S : response->cache_s;
    return said_s < LIFETIME_MIN_S ? LIFETIME_MIN_S
                                   : (said_s > LIFETIME_MAX_S ? LIFETIME_MAX_S : said_s);
}

// ---- the shared copy ----------------------------------------------------------------------------

static const char *code_of(store_document_kind_t kind) {
    return kind == STORE_DISCOVERY ? "invalid_provider_metadata" : "invalid_provider_keys";
}

// Asks the provider and writes down what came of it, for all instances.
static result_t renew(call_t *call, const document_want_t *want, str_t *out, fault_t *out_fault) {
    const str_t id = want->connection->facts.id;
    const http_request_t request = {
        .url = want->url, .accept = STR("application/json"), .body_max = OIDC_ANSWER_LEN_MAX};
    http_response_t response = {0};
    err_t why = {0};
    TRY(document_fetch(call, id, &request, &response, out_fault));
    if (!out_fault->code && judge(call, want, &response, &why) != OK) {
        fault_set(call, code_of(want->kind), &why, out_fault);
    }
    const store_document_in_t row = {.connection_id = id,
                                     .kind = want->kind,
                                     .url = want->url,
                                     .body = response.body,
                                     .lifetime_s = lifetime_of(&response),
                                     .error = out_fault->code ? out_fault->text : STR_NONE};
    TRY(call_store_acquire(call));
    *out = response.body;
    return out_fault->kind == VIEW_NOTICE_SSO_BUSY // nobody was asked
               ? OK
               : store_document_write(call->store, &row, &call->err);
}

// When a provider changes its keys, many logins miss the new one at once, and one of them may ask
// (P-RP-09). The others take what it brings.
static result_t wait_for_newer(call_t *call, const store_document_in_t *wanted,
                               time_ms_t fetched_at, str_t *out) {
    const deadline_t patience = deadline_shrink(call->request->deadline, NEWER_MS);
    store_newer_t newer = {0};
    TRY(store_document_newer(call->store, wanted, fetched_at, &newer, &call->err));
    while (str_is_empty(newer.body) && newer.is_awaited && deadline_left_ms(patience) > 0) {
        call_store_release(call);
        clock_sleep(NEWER_PAUSE_MS);
        TRY(call_store_acquire(call));
        TRY(store_document_newer(call->store, wanted, fetched_at, &newer, &call->err));
    }
    *out = newer.body;
    return OK;
}

result_t document_read(call_t *call, const document_want_t *want, str_t *out, fault_t *out_fault) {
    const store_document_t *copy =
        want->kind == STORE_DISCOVERY ? &want->connection->discovery : &want->connection->jwks;
    const bool has_copy = copy->is_present && str_eq(copy->url, want->url);
    if (has_copy && !want->is_renewed && copy->expires_at > call_now(call)) {
        *out = copy->body;
        return OK;
    }
    const store_document_in_t row = {
        .connection_id = want->connection->facts.id, .kind = want->kind, .url = want->url};
    bool may = false;
    TRY(store_document_claim(call->store, &row, DOCUMENT_INTERVAL_S, &may, &call->err));
    if (!may && want->is_renewed) {
        TRY(wait_for_newer(call, &row, copy->fetched_at, out));
        if (!str_is_empty(*out)) {
            return OK;
        }
        *out_fault = (fault_t){.code = code_of(want->kind),
                               .text = STR("the keys were fetched a moment ago and lack this one"),
                               .kind = VIEW_NOTICE_SSO_FAILED};
        return OK;
    }
    fault_t fault = {0};
    if (may || !has_copy) {
        TRY(renew(call, want, out, &fault));
    }
    const bool is_old_good = has_copy && !want->is_renewed && (fault.code || !may);
    if (is_old_good) { // the last good one stays in use
        *out = copy->body;
    } else {
        *out_fault = fault;
    }
    return OK;
}
