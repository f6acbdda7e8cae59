#include "handle/rest_error.h"
#include "base/json.h"

// api.md 2: HTTP statuses and the numbers of gRPC beside them. `code` is the name of the latter,
// but where the service has a word of its own.
static const struct {
    int status;
    int number;
    const char *code;
} KINDS[] = {
    {400, 3, "INVALID_ARGUMENT"}, {401, 16, "UNAUTHENTICATED"}, {403, 7, "PERMISSION_DENIED"},
    {404, 5, "NOT_FOUND"},        {405, 12, "UNIMPLEMENTED"},   {408, 4, "DEADLINE_EXCEEDED"},
    {409, 6, "ALREADY_EXISTS"},   {413, 3, "INVALID_ARGUMENT"}, {414, 3, "INVALID_ARGUMENT"},
    {415, 3, "INVALID_ARGUMENT"}, {429, 8, "RATE_LIMITED"},     {431, 3, "INVALID_ARGUMENT"},
    {500, 13, "INTERNAL"},        {503, 14, "UNAVAILABLE"},
};
enum { KINDS_COUNT = sizeof(KINDS) / sizeof(KINDS[0]), NUMBER_ABORTED = 10 };

static size_t kind_of(int status) {
    size_t kind = 0;
    while (kind < KINDS_COUNT && KINDS[kind].status != status) {
        kind++;
    }
    return kind < KINDS_COUNT ? kind : KINDS_COUNT - 2; // 500
}

// 6 and 10 are both 409: which it is, the code says.
static int number_of(size_t kind, const char *code) {
    return strcmp(code, "ABORTED") == 0 ? NUMBER_ABORTED : KINDS[kind].number;
}

static json_t *problems_json(const rest_error_t *error) {
    json_t *list = json_array();
    for (size_t i = 0; i < error->problem_count; i++) {
        const rest_problem_t *problem = &error->problems[i];
        json_t *item = json_object();
        json_object_set_new(item, "field", json_str(problem->field));
        json_object_set_new(item, "description", json_str(problem->description));
        json_object_set_new(item, "constraint", json_str(problem->constraint));
        json_array_append_new(list, item);
    }
    json_t *info = json_object();
    json_object_set_new(info, "field_violations", list);
    return info;
}

static json_t *error_json(const rest_error_t *error, const char *code, str_t request_id) {
    json_t *request = json_object();
    json_object_set_new(request, "request_id", json_str(request_id));
    json_t *info = json_object();
    json_object_set_new(info, "@type",
                        json_string("type.googleapis.com/scalekit.v1.errdetails.ErrorInfo"));
    json_object_set_new(info, "error_code", json_string(code));
    if (error->problem_count) {
        json_object_set_new(info, "validation_error_info", problems_json(error));
    }
    json_object_set_new(info, "request_info", request);
    json_t *details = json_array();
    json_array_append_new(details, info);
    json_t *whole = json_object();
    json_object_set_new(whole, "code", json_integer(number_of(kind_of(error->status), code)));
    json_object_set_new(whole, "message", json_str(error->message));
    json_object_set_new(whole, "details", details);
    return whole;
}

void rest_error_answer(call_t *call, const rest_error_t *error, response_t *out) {
    const size_t kind = kind_of(error->status);
    const char *code = error->code ? error->code : KINDS[kind].code;
    SCOPED(json_t) json = error_json(error, code, call->request->id);
    str_t text;
    err_t why = {0};
    if (!json || json_text(call->arena, json, &text, &why) != OK) {
        text = arena_format(call->arena, "{\"code\":%d,\"message\":\"\",\"details\":[]}",
                            number_of(kind, code));
    }
    response_json(out, error->status, text);
    out->log_code = str_from_c(code);
}
