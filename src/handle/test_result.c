#include "handle/test_result.h"

#include "base/json.h"

enum { CLAIMS_MAX = 40, VALUE_MAX = 200, PROFILE_MAX = 64 * 1024 };

// What was understood of the person: the subject, the address, and the profile's members.
static result_t user_info(const test_result_t *in, json_t **out, err_t *err) {
    const flow_assertion_t *said = &in->arrival->assertion;
    SCOPED(json_t) profile = NULL;
    SCOPED(json_t) info = json_object();
    bool is_whole =
        info && json_object_set_new(info, "sub", json_str(said->subject)) == 0 &&
        json_object_set_new(info, "email", json_str(said->email_display)) == 0 &&
        json_object_set_new(info, "email_verified", json_boolean(said->is_email_verified)) == 0;
    if (is_whole && !str_is_empty(in->arrival->profile)) {
        TRY(json_parse_object(in->arrival->profile, PROFILE_MAX, &profile, err));
        is_whole = json_object_update_missing(info, profile) == 0;
    }
    if (!is_whole) {
        return FAIL(err, INTERNAL, "json", "a test's result cannot be built");
    }
    *out = json_incref(info);
    return OK;
}

static str_t value_text(call_t *call, const json_t *value) {
    err_t why = {0};
    str_t text = STR_NONE;
    if (json_is_string(value)) {
        text = (str_t){json_string_value(value), json_string_length(value)};
    } else if (json_is_boolean(value)) {
        text = json_is_true(value) ? STR("true") : STR("false");
    } else if (json_text(call->arena, value, &text, &why) != OK) {
        text = STR_NONE;
    }
    size_t end = text.len < VALUE_MAX ? text.len : VALUE_MAX;
    while (end < text.len && end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80) {
        end--; // never inside a character
    }
    return arena_dup(call->arena, str_sub(text, 0, end));
}

static void fill_claims(call_t *call, json_t *info, view_test_t *view) {
    view_claim_t *claims = ARENA_ARRAY(call->arena, view_claim_t, CLAIMS_MAX);
    const char *name;
    json_t *value;
    json_object_foreach(info, name, value) {
        if (view->claims_count < CLAIMS_MAX) {
            claims[view->claims_count++] =
                (view_claim_t){arena_dup(call->arena, str_from_c(name)), value_text(call, value)};
        }
    }
    view->claims = claims;
}

// M13 would end a real login: the test says so.
static fault_t fault_of(const arrival_t *arrival) {
    if (!arrival->fault.code && str_is_empty(arrival->assertion.email)) {
        return (fault_t){.code = "mandatory_attribute_missing",
                         .text = STR("the provider told no usable email address: check its scopes "
                                     "and the attribute mapping")};
    }
    return arrival->fault;
}

static result_t write(call_t *call, const test_result_t *in, const store_test_result_t *result) {
    const flow_decision_t decision = {.step = FLOW_STEP_SSO_FAILED,
                                      .connection_id = in->connection->id,
                                      .organization_id = in->connection->organization_id,
                                      .reason = result->error_description};
    store_audit_t audit = page_audit(call, "connection.test", in->flow, &decision);
    audit.decision = result->is_success ? "success" : "failure";
    audit.email = in->arrival->assertion.email;
    return store_test_finish(call->store, result, &audit, &call->err);
}

result_t test_result_show(call_t *call, const test_result_t *in, response_t *out) {
    const fault_t fault = fault_of(in->arrival);
    SCOPED(json_t) info = NULL;
    view_test_t view = {.connection = in->connection->name,
                        .organization = in->connection->organization_name,
                        .test_id = in->flow->request.test_id,
                        .error = str_from_c(fault.code ? fault.code : ""),
                        .error_text = fault.text};
    store_test_result_t result = {.test_id = in->flow->request.test_id,
                                  .is_success = !fault.code,
                                  .error = view.error,
                                  .error_description = fault.text};
    if (!in->arrival->fault.code) {
        TRY(user_info(in, &info, &call->err));
        TRY(json_text(call->arena, info, &result.user_info, &call->err));
        fill_claims(call, info, &view);
    }
    TRY(write(call, in, &result));
    const view_frame_t frame = {
        .views = call->views,
        .locale = view_locale_choose(call->views, STR_NONE, call->request->accept_language),
        .request_id = call->request->id};
    str_t html;
    TRY(view_test_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, 200, html);
    out->log_code = fault.code ? str_from_c(fault.code) : STR("test_passed");
    return OK;
}
