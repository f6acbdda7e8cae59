#include "handle/apply_parse.h"
#include "base/json.h"
#include "crypto/jwt.h"
#include "handle/tokens.h"
#include "protocol/oidc/redirect.h"
#include "protocol/oidc/scope.h"

enum {
    APPLICATIONS_MAX = 1000,
    LIST_MAX = 100,
    ID_MAX = 100,
    NAME_MAX_LEN = 200,
    URL_MAX = 2048,
    PATH_MAX_LEN = 1024,
};

// One application on its way from JSON.
typedef struct {
    arena_t *arena;
    const apply_rules_t *rules;
    buf_t *problems;
    json_t *object;
    size_t index;
} parse_t;

static const char *const field_names[] = {
    "id",           "name",       "type",
    "active",       "api_access", "redirect_uris",
    "secrets",      "jwks",       "post_logout_redirect_uris",
    "secret_file",  "scopes",     "initiate_login_uri",
    "enforce_pkce", "token_alg",  "access_token_lifetime",
    "logo_url",
};

// ---- problems -----------------------------------------------------------------------------------

static void problem(parse_t *parse, const char *field, const char *what) {
    buf_add_format(parse->problems, "applications[%zu].%s: %s\n", parse->index, field, what);
}

static void problem_at(parse_t *parse, const char *field, size_t at, const char *what) {
    buf_add_format(parse->problems, "applications[%zu].%s[%zu]: %s\n", parse->index, field, at,
                   what);
}

// A typing mistake must not pass for a default.
static void judge_names(parse_t *parse) {
    const char *name;
    json_t *value;
    json_object_foreach(parse->object, name, value) {
        bool is_known = false;
        for (size_t i = 0; i < sizeof field_names / sizeof field_names[0]; i++) {
            is_known |= strcmp(name, field_names[i]) == 0;
        }
        if (!is_known) {
            problem(parse, str_has_control(str_from_c(name)) ? "(unprintable)" : name,
                    "there is no such field");
        }
    }
}

// ---- members ------------------------------------------------------------------------------------

static const json_t *member(const parse_t *parse, const char *field) {
    return json_object_get(parse->object, field);
}

// False if it is absent or not text; the latter is a problem.
static bool text_member(parse_t *parse, const char *field, str_t *out) {
    str_t text;
    if (!member(parse, field)) {
        return false;
    }
    if (!json_get_str(parse->object, field, &text)) {
        problem(parse, field, "must be a text");
        return false;
    }
    *out = arena_dup(parse->arena, text);
    return true;
}

static void bool_member(parse_t *parse, const char *field, bool *inout) {
    const json_t *value = member(parse, field);
    if (value && !json_is_boolean(value)) {
        problem(parse, field, "must be true or false");
    } else if (value) {
        *inout = json_is_true(value);
    }
}

static bool is_repeated(const str_t *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (str_eq(items[i], items[count])) {
            return true;
        }
    }
    return false;
}

// A list of different texts; empty if it is absent or not that.
static flow_list_t list_member(parse_t *parse, const char *field, size_t max) {
    const json_t *list = member(parse, field);
    if (!list) {
        return (flow_list_t){0};
    }
    if (!json_is_array(list) || json_array_size(list) > max) {
        problem(parse, field,
                arena_format(parse->arena, "must be a list of at most %zu texts", max).ptr);
        return (flow_list_t){0};
    }
    const size_t count = json_array_size(list);
    str_t *items = ARENA_ARRAY(parse->arena, str_t, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        const str_t text = {json_string_value(item), json_string_length(item)};
        if (!json_is_string(item) || memchr(text.ptr, '\0', text.len)) {
            problem_at(parse, field, i, "must be a text");
            continue;
        }
        items[i] = arena_dup(parse->arena, text);
        if (is_repeated(items, i)) {
            problem_at(parse, field, i, "stands twice");
        }
    }
    return (flow_list_t){items, count};
}

// ---- fields -------------------------------------------------------------------------------------

static bool is_id(str_t id) {
    for (size_t i = 0; i < id.len; i++) {
        const char c = id.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-') {
            return false;
        }
    }
    return id.len > 0 && id.len <= ID_MAX;
}

static void parse_name(parse_t *parse, flow_client_t *client) {
    if (!member(parse, "id")) {
        problem(parse, "id", "is missing");
    } else if (text_member(parse, "id", &client->id) && !is_id(client->id)) {
        problem(parse, "id", "must be 1 to 100 letters, digits, '_' or '-'");
    }
    if (!member(parse, "name")) {
        problem(parse, "name", "is missing");
    } else if (text_member(parse, "name", &client->name) &&
               (str_is_empty(str_trim(client->name)) || client->name.len > NAME_MAX_LEN ||
                str_has_control(client->name))) {
        problem(parse, "name", "must be 1 to 200 octets without control characters");
    }
}

static void parse_type(parse_t *parse, flow_client_t *client) {
    static const char *const names[] = {[FLOW_CLIENT_WEB_APP] = "WEB_APP",
                                        [FLOW_CLIENT_SPA] = "SPA",
                                        [FLOW_CLIENT_NATIVE] = "NTV",
                                        [FLOW_CLIENT_M2M] = "M2M"};
    str_t text;
    if (!member(parse, "type")) {
        problem(parse, "type", "is missing");
        return;
    }
    if (!text_member(parse, "type", &text)) {
        return;
    }
    for (int i = FLOW_CLIENT_WEB_APP; i <= FLOW_CLIENT_M2M; i++) {
        if (str_eq(text, str_from_c(names[i]))) {
            client->type = (flow_client_type_t)i;
            return;
        }
    }
    problem(parse, "type", "must be WEB_APP, SPA, NTV or M2M");
}

// NULL, or why this may not be registered.
static const char *judge_redirect(parse_t *parse, const flow_client_t *client, str_t uri) {
    const oidc_redirect_rules_t rules = {.is_native = client->type == FLOW_CLIENT_NATIVE,
                                         .is_http_allowed = parse->rules->is_http_allowed};
    err_t why = {0};
    return oidc_redirect_check(uri, rules, &why) == OK
               ? NULL
               : arena_dup(parse->arena, str_from_c(why.text)).ptr;
}

static flow_list_t parse_redirects(parse_t *parse, const flow_client_t *client, const char *field) {
    const flow_list_t uris = list_member(parse, field, LIST_MAX);
    for (size_t i = 0; i < uris.count; i++) {
        const char *why = uris.items[i].ptr ? judge_redirect(parse, client, uris.items[i]) : NULL;
        if (why) {
            problem_at(parse, field, i, why);
        }
    }
    return uris;
}

// It becomes the src of an image on our pages.
static bool is_logo_url(str_t url) {
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~' || strchr("\"'<>\\^`{|};,", url.ptr[i])) {
            return false;
        }
    }
    return url.len <= URL_MAX && url.len > 8 && str_starts(url, STR("https://")) &&
           url.ptr[8] != '/';
}

static void parse_urls(parse_t *parse, flow_client_t *client) {
    client->redirect_uris = parse_redirects(parse, client, "redirect_uris");
    client->post_logout_uris = parse_redirects(parse, client, "post_logout_redirect_uris");
    if (text_member(parse, "initiate_login_uri", &client->initiate_login_uri)) {
        const char *why = judge_redirect(parse, client, client->initiate_login_uri);
        if (why) {
            problem(parse, "initiate_login_uri", why);
        }
    }
    if (text_member(parse, "logo_url", &client->logo_url) && !is_logo_url(client->logo_url)) {
        problem(parse, "logo_url", "must be an https URL");
    }
}

const char *apply_secret_judge(secret_t secret) {
    for (size_t i = 0; i < secret.len; i++) { // RFC 6749 A.2
        if (secret.ptr[i] < ' ' || secret.ptr[i] > '~') {
            return "a secret must be printable ASCII";
        }
    }
    if (secret.len < APPLY_SECRET_MIN || secret.len > APPLY_SECRET_MAX) {
        return "a secret must have 32 to 256 characters";
    }
    return NULL;
}

static void parse_secrets(parse_t *parse, apply_application_t *out) {
    const flow_list_t secrets = list_member(parse, "secrets", APPLY_SECRETS_MAX);
    for (size_t i = 0; i < secrets.count; i++) {
        out->secrets[i] = secret_from_str(secrets.items[i]);
        const char *why = apply_secret_judge(out->secrets[i]);
        if (why && secrets.items[i].ptr) {
            problem_at(parse, "secrets", i, why);
        }
    }
    out->secret_count = secrets.count;
    if (text_member(parse, "secret_file", &out->secret_file) &&
        (str_is_empty(out->secret_file) || out->secret_file.len > PATH_MAX_LEN)) {
        problem(parse, "secret_file", "must be a path");
    }
    if (member(parse, "secrets") && member(parse, "secret_file")) {
        problem(parse, "secret_file", "stands beside secrets: only one of them may");
    }
}

// jwks_parse leaves such keys out; an operator who has pasted one should know at once.
static bool has_private_member(const json_t *jwks) {
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    const json_t *keys = json_object_get(jwks, "keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            if (json_object_get(json_array_get(keys, i), names[k])) {
                return true;
            }
        }
    }
    return false;
}

static void parse_jwks(parse_t *parse, store_client_row_t *row) {
    const json_t *value = member(parse, "jwks");
    SCOPED(jwks_t) jwks = NULL;
    if (!value) {
        return;
    }
    if (!json_is_object(value)) {
        problem(parse, "jwks", "must be an object");
    } else if (has_private_member(value)) {
        problem(parse, "jwks", "holds a private key: only public keys belong here");
    } else if (json_text(parse->arena, value, &row->jwks, NULL) != OK ||
               jwks_parse(row->jwks, &jwks, NULL) != OK || jwks_count(jwks) == 0) {
        problem(parse, "jwks", "holds no key that can be used");
    }
}

static void parse_scopes(parse_t *parse, store_client_row_t *row) {
    const flow_list_t scopes = list_member(parse, "scopes", LIST_MAX);
    buf_t joined = buf_new(parse->arena, 64);
    for (size_t i = 0; i < scopes.count; i++) {
        const str_t scope = scopes.items[i];
        const bool is_one_word = scope.len > 0 && str_find(scope, ' ') == scope.len;
        if (scope.ptr && (!is_one_word || !oidc_scope_is_well_formed(scope))) {
            problem_at(parse, "scopes", i, "is not a scope (RFC 6749 3.3)");
        }
        if (i > 0) {
            buf_add_char(&joined, ' ');
        }
        buf_add(&joined, scope);
    }
    row->scopes = buf_str(&joined);
}

static void parse_tokens(parse_t *parse, flow_client_t *client) {
    const int64_t rule_s = parse->rules->access_token_s;
    const bool is_machine = client->type == FLOW_CLIENT_M2M;
    client->token_alg = STR("RS256");
    if (text_member(parse, "token_alg", &client->token_alg) &&
        !str_eq(client->token_alg, STR("RS256")) && !str_eq(client->token_alg, STR("ES256"))) {
        problem(parse, "token_alg", "must be RS256 or ES256");
    }
    client->access_token_s = is_machine   ? TOKENS_MACHINE_LIFETIME_S
                             : rule_s > 0 ? rule_s
                                          : APPLY_TOKEN_DEFAULT_S;
    if (member(parse, "access_token_lifetime") &&
        (!json_get_int(parse->object, "access_token_lifetime", &client->access_token_s) ||
         client->access_token_s < APPLY_TOKEN_MIN_S ||
         client->access_token_s > APPLY_TOKEN_MAX_S)) {
        problem(parse, "access_token_lifetime", "must be 60 to 2592000 seconds");
    }
}

// ---- what fits together -------------------------------------------------------------------------

static void forbid(parse_t *parse, const char *field, const char *why) {
    if (member(parse, field)) {
        problem(parse, field, why);
    }
}

static void judge_machine(parse_t *parse) {
    forbid(parse, "redirect_uris", "a machine (M2M) signs nobody in");
    forbid(parse, "post_logout_redirect_uris", "a machine (M2M) signs nobody out");
    forbid(parse, "initiate_login_uri", "a machine (M2M) signs nobody in");
    forbid(parse, "enforce_pkce", "a machine (M2M) signs nobody in");
}

// Nothing in a browser or on a person's device stays secret (RFC 8252 8.5, RFC 6749 2.1).
static void judge_public(parse_t *parse, const flow_client_t *client) {
    forbid(parse, "secrets", "SPA and NTV applications cannot keep a secret");
    forbid(parse, "secret_file", "SPA and NTV applications cannot keep a secret");
    forbid(parse, "jwks", "SPA and NTV applications cannot keep a secret");
    if (!client->enforces_pkce) {
        problem(parse, "enforce_pkce", "must be true for SPA and NTV applications");
    }
    if (client->may_use_api) {
        problem(parse, "api_access", "SPA and NTV applications cannot have it");
    }
}

static void judge_confidential(parse_t *parse) {
    const json_t *secrets = member(parse, "secrets");
    const bool has_secrets = json_array_size(secrets) > 0 || member(parse, "secret_file");
    if (!has_secrets && !member(parse, "jwks")) {
        problem(parse, "secrets", "WEB_APP and M2M need secrets, secret_file or jwks");
    }
}

static void judge_whole(parse_t *parse, const flow_client_t *client) {
    const bool is_public = client->type == FLOW_CLIENT_SPA || client->type == FLOW_CLIENT_NATIVE;
    if (is_public) {
        judge_public(parse, client);
    } else {
        judge_confidential(parse);
    }
    if (client->type == FLOW_CLIENT_M2M) {
        judge_machine(parse);
        return;
    }
    if (json_array_size(member(parse, "redirect_uris")) == 0) {
        problem(parse, "redirect_uris", "at least one is needed");
    }
    forbid(parse, "scopes", "only a machine (M2M) has scopes");
}

static void parse_application(parse_t *parse, apply_application_t *out) {
    flow_client_t *client = &out->row.client;
    const size_t before = parse->problems->len;
    judge_names(parse);
    parse_name(parse, client);
    parse_type(parse, client);
    parse_urls(parse, client);
    parse_secrets(parse, out);
    parse_jwks(parse, &out->row);
    parse_scopes(parse, &out->row);
    parse_tokens(parse, client);
    client->is_present = true;
    client->is_active = true;
    client->enforces_pkce = client->type != FLOW_CLIENT_WEB_APP;
    bool_member(parse, "enforce_pkce", &client->enforces_pkce);
    bool_member(parse, "active", &client->is_active);
    bool_member(parse, "api_access", &client->may_use_api);
    if (parse->problems->len == before) { // else the type may be a guess
        judge_whole(parse, client);
    }
}

// ---- the file -----------------------------------------------------------------------------------

static void judge_ids(const apply_file_t *file, buf_t *problems) {
    for (size_t i = 0; i < file->count; i++) {
        for (size_t k = 0; k < i; k++) {
            const str_t id = file->items[i].row.client.id;
            if (id.len > 0 && str_eq(id, file->items[k].row.client.id)) {
                buf_add_format(problems, "applications[%zu].id: stands twice\n", i);
                break;
            }
        }
    }
}

static json_t *applications_of(json_t *root, buf_t *problems) {
    json_t *list = json_object_get(root, "applications");
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value) {
        if (strcmp(name, "applications") != 0) {
            buf_add_format(problems, "%s: there is no such field\n",
                           str_has_control(str_from_c(name)) ? "(unprintable)" : name);
        }
    }
    if (!json_is_array(list) || json_array_size(list) > APPLICATIONS_MAX) {
        buf_add_c(problems, "applications: must be a list of at most 1000 objects\n");
    }
    return list;
}

void apply_parse(arena_t *arena, str_t text, const apply_rules_t *rules, apply_file_t *out,
                 buf_t *problems) {
    SCOPED(json_t) root = NULL;
    err_t err = {0};
    *out = (apply_file_t){0};
    if (json_parse_object(text, APPLY_FILE_MAX, &root, &err) != OK) {
        buf_add_format(problems, "the file: %s\n", err.text);
        return;
    }
    const size_t before = problems->len;
    json_t *list = applications_of(root, problems);
    if (problems->len > before) {
        return;
    }
    out->count = json_array_size(list);
    out->items = ARENA_ARRAY(arena, apply_application_t, out->count);
    for (size_t i = 0; i < out->count; i++) {
        json_t *object = json_array_get(list, i);
        parse_t parse = {arena, rules, problems, object, i};
        if (json_is_object(object)) {
            parse_application(&parse, &out->items[i]);
        } else {
            buf_add_format(problems, "applications[%zu]: must be an object\n", i);
        }
    }
    judge_ids(out, problems);
}
