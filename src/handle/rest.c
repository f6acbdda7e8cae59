#include "handle/rest.h"
#include "base/encode.h"
#include "crypto/random.h"
#include "handle/browser.h"
#include "handle/endpoints.h"
#include "handle/rest_access.h"

// ---- refusing -----------------------------------------------------------------------------------

void rest_problem(rest_t *rest, str_t field, const char *constraint, const char *description) {
    if (rest->problem_count == REST_PROBLEMS_MAX) {
        return;
    }
    rest->problems[rest->problem_count++] = (rest_problem_t){
        arena_dup(rest->call->arena, field), arena_dup(rest->call->arena, str_from_c(description)),
        str_from_c(constraint)};
}

bool rest_is_refused(rest_t *rest, response_t *out) {
    if (rest->is_broken) {
        // What could not be read to its end is no order to write.
        const rest_error_t error = {.status = 500, .message = STR("internal error")};
        rest_error_answer(rest->call, &error, out);
        return true;
    }
    if (rest->problem_count == 0) {
        return false;
    }
    const rest_problem_t *first = &rest->problems[0];
    const rest_error_t error = {
        .status = 400,
        .message = arena_format(rest->call->arena, "%.*s %.*s", STR_ARG(first->field),
                                STR_ARG(first->description)),
        .problems = rest->problems,
        .problem_count = rest->problem_count,
    };
    rest_error_answer(rest->call, &error, out);
    return true;
}

result_t rest_absent(rest_t *rest, const char *what, response_t *out) {
    const rest_error_t error = {.status = 404,
                                .message = arena_format(rest->call->arena, "%s not found", what)};
    rest_error_answer(rest->call, &error, out);
    return OK;
}

result_t rest_taken(rest_t *rest, const char *why, response_t *out) {
    const rest_error_t error = {.status = 409, .message = str_from_c(why)};
    rest_error_answer(rest->call, &error, out);
    return OK;
}

result_t rest_impossible(rest_t *rest, const char *why, response_t *out) {
    const rest_error_t error = {
        .status = 400, .code = "FAILED_PRECONDITION", .message = str_from_c(why)};
    rest_error_answer(rest->call, &error, out);
    return OK;
}

result_t rest_limited(rest_t *rest, const char *why, int64_t retry_after_s, response_t *out) {
    const rest_error_t error = {.status = 429, .message = str_from_c(why)};
    rest_error_answer(rest->call, &error, out);
    response_retry_after(rest->call, retry_after_s, out);
    return OK;
}

// ---- before the endpoint ------------------------------------------------------------------------

static bool malformed(rest_t *rest, str_t message, response_t *out) {
    const rest_error_t error = {.status = 400, .message = message};
    rest_error_answer(rest->call, &error, out);
    return false;
}

// False: `out` is the answer.
static bool params_read(rest_t *rest, response_t *out) {
    const request_t *request = rest->call->request;
    for (size_t i = 0; i < ROUTE_PARAMS_MAX; i++) {
        str_t *param = &rest->params[i];
        if (!percent_decode(rest->call->arena, request->params[i], param) || !str_is_utf8(*param) ||
            str_has_control(*param)) {
            return malformed(rest, STR("the path holds what is no text"), out);
        }
    }
    return true;
}

static bool is_list(str_t text) {
    return str_starts(str_trim(text), STR("["));
}

// A body that is one field of the request (google.api.http) arrives without the field's name.
static result_t list_parse(const call_t *call, str_t text, json_t **out, err_t *err) {
    json_t *list = NULL;
    TRY(json_parse_array(text, text.len, &list, err));
    json_t *object = json_object();
    if (json_object_set_new(object, call->route->rest_list, list) != 0) { // takes it in any case
        json_decref(object);
        return FAIL(err, INTERNAL, "out_of_memory", "no memory for a request");
    }
    *out = object;
    return OK;
}

// RFC 8259, and stricter: no name twice, nothing behind the value (P-REST-06). The reason names a
// place and never the text.
static result_t body_read(rest_t *rest, json_t **out_body, bool *out_is_well, response_t *out) {
    call_t *call = rest->call;
    const bool is_absent = call->request->body.len == 0;
    const str_t text = is_absent ? STR("{}") : call->request->body;
    err_t err = {0};
    const result_t result = call->route->rest_list && is_list(text)
                                ? list_parse(call, text, out_body, &err)
                                : json_parse_object(text, text.len, out_body, &err);
    if (result == INTERNAL) {
        call->err = err;
        return INTERNAL;
    }
    rest->body = *out_body;
    *out_is_well =
        result == OK || malformed(rest, arena_dup(call->arena, str_from_c(err.text)), out);
    return OK;
}

static result_t rest_run(rest_t *rest, response_t *out) {
    SCOPED(json_t) body = NULL;
    bool is_well = false;
    err_t err = {0};
    if (!params_read(rest, out)) {
        return OK;
    }
    if (form_parse(rest->call->arena, rest->call->request->query, &rest->query, &err) != OK) {
        (void)malformed(rest, STR("the query is malformed"), out);
        return OK;
    }
    TRY(body_read(rest, &body, &is_well, out));
    return is_well ? rest->call->route->rest(rest, out) : OK;
}

result_t handle_rest(call_t *call, response_t *out) {
    rest_t *rest = ARENA_NEW(call->arena, rest_t);
    bool is_answered = true;
    rest->call = call;
    TRY(rest_access_check(rest, out, &is_answered));
    return is_answered ? OK : rest_run(rest, out);
}

// ---- writing ------------------------------------------------------------------------------------

store_audit_t rest_audit(rest_t *rest, const char *event, str_t reason) {
    store_audit_t audit = browser_audit(rest->call, event);
    audit.decision = "write";
    audit.reason = reason;
    audit.client_id = rest->client_id;
    return audit;
}

result_t rest_id(rest_t *rest, const char *prefix, str_t *out) {
    return random_id(rest->call->arena, prefix, call_now(rest->call), out, &rest->call->err);
}
