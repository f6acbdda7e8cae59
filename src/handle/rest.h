// What all endpoints of the REST API share (api.md 2). An endpoint is a function
//
//     result_t rest_thing_verb(rest_t *rest, response_t *out);
//
// behind a row of routes.c with `.handle = handle_rest`. When it runs, the caller has shown an
// access token of an application that may use the API, the parameters of the path are decoded, the
// query is parsed and the body is one JSON object. On LANE_REMOTE the database is held; the
// endpoint gives it back while it waits for others. It reads its fields with the calls below, which
// note whatever is wrong with them, then asks rest_is_refused once; README.md tells the rest.
//
// Everything lives as long as the request; one thread.
#pragma once
#include "base/form.h"
#include "base/json.h"
#include "handle/rest_error.h"

// One installation is one environment (hosted-login.md, Terms); its objects want to name it.
#define REST_ENVIRONMENT_ID "env_1"

enum { REST_PROBLEMS_MAX = 50 }; // noted; further ones are not

struct rest {
    call_t *call;
    str_t client_id;                // the application that asks
    str_t params[ROUTE_PARAMS_MAX]; // of the path, decoded
    form_t query;
    json_t *body; // an object; empty if the request had no body
    rest_problem_t problems[REST_PROBLEMS_MAX];
    size_t problem_count;
    bool is_broken; // jansson failed while the body was read or the answer built
};

// ---- refusing -----------------------------------------------------------------------------------

void rest_problem(rest_t *rest, str_t field, const char *constraint, const char *description);

// True if a problem was noted: `out` is then the 400 that names them all. Also if the body could
// not be read for want of memory, which is a 500. Asked before anything is written.
bool rest_is_refused(rest_t *rest, response_t *out);

// 404. What belongs to another organization than the path says is not there either (P-REST-01).
// `what` is a word such as "organization".
result_t rest_absent(rest_t *rest, const char *what, response_t *out);
// 409 ALREADY_EXISTS: `why` is a sentence.
result_t rest_taken(rest_t *rest, const char *why, response_t *out);
// 400 FAILED_PRECONDITION: well formed, and not possible as things are.
result_t rest_impossible(rest_t *rest, const char *why, response_t *out);
// 429 RATE_LIMITED, with Retry-After.
result_t rest_limited(rest_t *rest, const char *why, int64_t retry_after_s, response_t *out);

// ---- the body -----------------------------------------------------------------------------------

// An object in the body. `path` stands before the names of its members in problems.
typedef struct {
    rest_t *rest;
    json_t *json; // NULL: there is none, and no member
    str_t path;
} rest_object_t;

rest_object_t rest_body(rest_t *rest);

// Each of these reads one member. True: it is there and as it should be, and `out` holds it. False:
// it is absent or null (and noted if it is required) or wrong (and noted); `out` is untouched.
// Unknown members are never looked at.

typedef struct {
    size_t min, max; // characters (of a list: items)
    bool is_required;
} rest_length_t;

// No control characters; otherwise as given.
MUST_USE bool rest_text(const rest_object_t *in, const char *name, rest_length_t length,
                        str_t *out);
// The same for what people read: not only white space.
MUST_USE bool rest_name(const rest_object_t *in, const char *name, rest_length_t length,
                        str_t *out);
MUST_USE bool rest_bool(const rest_object_t *in, const char *name, bool is_required, bool *out);

typedef struct {
    int64_t min, max;
    bool is_required;
} rest_range_t;
// A number, or its decimal text, as clients write 64-bit numbers.
MUST_USE bool rest_int(const rest_object_t *in, const char *name, rest_range_t range, int64_t *out);

typedef struct {
    const char *const *items; // by the values of an enum; NULL: no such value from outside
    size_t count;
    bool is_required;
} rest_names_t;
#define REST_NAMES(array)                                                                          \
    (rest_names_t) {                                                                               \
        .items = (array), .count = sizeof(array) / sizeof((array)[0])                              \
    }
// `out` is the place of the name. "..._UNSPECIFIED" counts as absent.
MUST_USE bool rest_enum(const rest_object_t *in, const char *name, rest_names_t names, size_t *out);

// The same for `words` with one space between them, where the name is what is kept.
MUST_USE bool rest_word(const rest_object_t *in, const char *name, const char *words, str_t *out);

MUST_USE bool rest_object(const rest_object_t *in, const char *name, bool is_required,
                          rest_object_t *out);
typedef struct {
    const rest_object_t *items;
    size_t count;
} rest_objects_t;
MUST_USE bool rest_objects(const rest_object_t *in, const char *name, rest_length_t length,
                           rest_objects_t *out);
// Texts of 1 to `text_max` characters, none twice.
MUST_USE bool rest_texts(const rest_object_t *in, const char *name, rest_length_t length,
                         size_t text_max, flow_list_t *out);

// map<string, string>. `out` is a JSON object as text, for a jsonb column.
typedef struct {
    size_t pairs_max;
    size_t key_min, key_max;
    size_t value_min, value_max;
    bool may_remove; // a member that is null stays in `out` as null: the writer removes that key
} rest_map_t;
MUST_USE bool rest_map(const rest_object_t *in, const char *name, const rest_map_t *rule,
                       str_t *out);

// ---- the query ----------------------------------------------------------------------------------

// As above, for query parameters; an empty one counts as absent, a repeated one is wrong.
MUST_USE bool rest_query_text(rest_t *rest, const char *name, rest_length_t length, str_t *out);
MUST_USE bool rest_query_int(rest_t *rest, const char *name, rest_range_t range, int64_t *out);
MUST_USE bool rest_query_enum(rest_t *rest, const char *name, rest_names_t names, size_t *out);
MUST_USE bool rest_query_bool(rest_t *rest, const char *name, bool *out);
// All values of a parameter that may be repeated, at most `max`.
MUST_USE bool rest_query_texts(rest_t *rest, const char *name, size_t max, flow_list_t *out);
MUST_USE bool rest_query_time(rest_t *rest, const char *name, time_ms_t *out);

// ---- the answer ---------------------------------------------------------------------------------

// Members of an object under construction. What jansson cannot do is remembered, and rest_answer
// fails. `object` may be NULL.
void rest_add(rest_t *rest, json_t *object, const char *name, json_t *value); // takes `value`
void rest_add_text(rest_t *rest, json_t *object, const char *name, str_t value);
void rest_add_text_if(rest_t *rest, json_t *object, const char *name, str_t value); // not if empty
void rest_add_bool(rest_t *rest, json_t *object, const char *name, bool value);
void rest_add_int(rest_t *rest, json_t *object, const char *name, int64_t value);
void rest_add_int64(rest_t *rest, json_t *object, const char *name, int64_t value); // as a text
void rest_add_time(rest_t *rest, json_t *object, const char *name, time_ms_t at);   // not if 0
void rest_add_texts(rest_t *rest, json_t *object, const char *name, flow_list_t values);
// A jsonb column as it is; not if the text is no JSON.
void rest_add_json(rest_t *rest, json_t *object, const char *name, str_t json);
// A new object or list, borrowed from its parent.
json_t *rest_add_object(rest_t *rest, json_t *parent, const char *name);
json_t *rest_add_list(rest_t *rest, json_t *parent, const char *name);
json_t *rest_append_object(rest_t *rest, json_t *list);

// `json` stays the caller's: SCOPED(json_t) answer = json_object().
MUST_USE result_t rest_answer(rest_t *rest, int status, const json_t *json, response_t *out);
// "{}", what a DELETE answers.
MUST_USE result_t rest_answer_empty(rest_t *rest, response_t *out);

// ---- the audit ----------------------------------------------------------------------------------

// The row that every write writes with it. `event` is "api.organization.create" and the like;
// `reason` names the thing: "organization org_1".
store_audit_t rest_audit(rest_t *rest, const char *event, str_t reason);

// A fresh id such as "org_...".
MUST_USE result_t rest_id(rest_t *rest, const char *prefix, str_t *out);
