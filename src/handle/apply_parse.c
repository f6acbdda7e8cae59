#include "handle/apply_parse.h"
#include "base/json.h"
#include "crypto/jwt.h"
#include "handle/apply_field.h"
#include "handle/apply_organization.h"
#include "handle/client_auth.h"

enum {
    APPLICATIONS_MAX = 1000,
    ID_MAX = 100,
    NAME_MAX_LEN = 200,
    URL_MAX = 2048,
    PATH_MAX_LEN = 1024,
};

static const char *const field_names[] = {
    "id",           "name",       "type",
    "active",       "api_access", "redirect_uris",
    "secrets",      "jwks",       "post_logout_redirect_uris",
    "secret_file",  "scopes",     "initiate_login_uri",
    "enforce_pkce", "token_alg",  "access_token_lifetime",
    "logo_url",     "default",
};

// ---- fields -------------------------------------------------------------------------------------

bool apply_is_id(str_t id) {
    for (size_t i = 0; i < id.len; i++) {
        const char c = id.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-') {
            return false;
        }
    }
    return id.len > 0 && id.len <= ID_MAX;
}

bool apply_is_name(str_t name) {
    return !str_is_empty(str_trim(name)) && name.len <= NAME_MAX_LEN && !str_has_control(name);
}

static void parse_name(apply_object_t *parse, flow_client_t *client) {
    if (!apply_member(parse, "id")) {
        apply_problem(parse, "id", "is missing");
    } else if (apply_text(parse, "id", &client->id) && !apply_is_id(client->id)) {
        apply_problem(parse, "id", "must be 1 to 100 letters, digits, '_' or '-'");
    }
    if (!apply_member(parse, "name")) {
        apply_problem(parse, "name", "is missing");
    } else if (apply_text(parse, "name", &client->name) && !apply_is_name(client->name)) {
        apply_problem(parse, "name", "must be 1 to 200 octets without control characters");
    }
}

static void parse_type(apply_object_t *parse, flow_client_t *client) {
    str_t text;
    if (!apply_member(parse, "type")) {
        apply_problem(parse, "type", "is missing");
        return;
    }
    if (!apply_text(parse, "type", &text)) {
        return;
    }
    for (size_t i = 0; i < CLIENT_TYPES_COUNT; i++) {
        if (str_eq(text, str_from_c(client_types[i]))) {
            client->type = (flow_client_type_t)i;
            return;
        }
    }
    apply_problem(parse, "type", "must be WEB_APP, SPA, NTV or M2M");
}

// NULL, or why this may not be registered.
static const char *judge_redirect(apply_object_t *parse, const flow_client_t *client, str_t uri) {
    return client_redirect_judge(parse->arena, client->type, parse->rules->is_http_allowed, uri);
}

static flow_list_t parse_redirects(apply_object_t *parse, const flow_client_t *client,
                                   const char *field) {
    const flow_list_t uris = apply_list(parse, field, CLIENT_URIS_MAX);
    for (size_t i = 0; i < uris.count; i++) {
        const char *why = uris.items[i].ptr ? judge_redirect(parse, client, uris.items[i]) : NULL;
        if (why) {
            apply_problem_at(parse, field, i, why);
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

static void parse_urls(apply_object_t *parse, flow_client_t *client) {
    client->redirect_uris = parse_redirects(parse, client, "redirect_uris");
    client->post_logout_uris = parse_redirects(parse, client, "post_logout_redirect_uris");
    if (apply_text(parse, "initiate_login_uri", &client->initiate_login_uri)) {
        const char *why = judge_redirect(parse, client, client->initiate_login_uri);
        if (why) {
            apply_problem(parse, "initiate_login_uri", why);
        }
    }
    if (apply_text(parse, "logo_url", &client->logo_url) && !is_logo_url(client->logo_url)) {
        apply_problem(parse, "logo_url", "must be an https URL");
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

static void parse_secrets(apply_object_t *parse, apply_application_t *out) {
    const flow_list_t secrets = apply_list(parse, "secrets", APPLY_SECRETS_MAX);
    for (size_t i = 0; i < secrets.count; i++) {
        out->secrets[i] = secret_from_str(secrets.items[i]);
        const char *why = apply_secret_judge(out->secrets[i]);
        if (why && secrets.items[i].ptr) {
            apply_problem_at(parse, "secrets", i, why);
        }
    }
    out->secret_count = secrets.count;
    if (apply_text(parse, "secret_file", &out->secret_file) &&
        (str_is_empty(out->secret_file) || out->secret_file.len > PATH_MAX_LEN)) {
        apply_problem(parse, "secret_file", "must be a path");
    }
    if (apply_member(parse, "secrets") && apply_member(parse, "secret_file")) {
        apply_problem(parse, "secret_file", "stands beside secrets: only one of them may");
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

static void parse_jwks(apply_object_t *parse, store_client_row_t *row) {
    const json_t *value = apply_member(parse, "jwks");
    SCOPED(jwks_t) jwks = NULL;
    if (!value) {
        return;
    }
    if (!json_is_object(value)) {
        apply_problem(parse, "jwks", "must be an object");
    } else if (has_private_member(value)) {
        apply_problem(parse, "jwks", "holds a private key: only public keys belong here");
    } else if (json_text(parse->arena, value, &row->jwks, NULL) != OK ||
               jwks_parse(row->jwks, &jwks, NULL) != OK || jwks_count(jwks) == 0) {
        apply_problem(parse, "jwks", "holds no key that can be used");
    }
}

static void parse_scopes(apply_object_t *parse, store_client_row_t *row) {
    const flow_list_t scopes = apply_list(parse, "scopes", CLIENT_SCOPES_MAX);
    buf_t joined = buf_new(parse->arena, 64);
    for (size_t i = 0; i < scopes.count; i++) {
        const str_t scope = scopes.items[i];
        if (scope.ptr && !client_scope_is_good(scope)) {
            apply_problem_at(parse, "scopes", i, "is not a scope (RFC 6749 3.3)");
        }
        if (i > 0) {
            buf_add_char(&joined, ' ');
        }
        buf_add(&joined, scope);
    }
    row->scopes = buf_str(&joined);
}

static void parse_tokens(apply_object_t *parse, flow_client_t *client) {
    client->token_alg = STR("RS256");
    if (apply_text(parse, "token_alg", &client->token_alg) &&
        !str_eq(client->token_alg, STR("RS256")) && !str_eq(client->token_alg, STR("ES256"))) {
        apply_problem(parse, "token_alg", "must be RS256 or ES256");
    }
    client->access_token_s = client_token_lifetime_s(client->type, parse->rules->access_token_s);
    if (apply_member(parse, "access_token_lifetime") &&
        (!json_get_int(parse->object, "access_token_lifetime", &client->access_token_s) ||
         client->access_token_s < CLIENT_TOKEN_MIN_S ||
         client->access_token_s > CLIENT_TOKEN_MAX_S)) {
        apply_problem(parse, "access_token_lifetime", "must be 60 to 2592000 seconds");
    }
}

// ---- what fits together -------------------------------------------------------------------------

static void forbid(apply_object_t *parse, const char *field, const char *why) {
    if (apply_member(parse, field)) {
        apply_problem(parse, field, why);
    }
}

static void judge_machine(apply_object_t *parse) {
    forbid(parse, "redirect_uris", "a machine (M2M) signs nobody in");
    forbid(parse, "post_logout_redirect_uris", "a machine (M2M) signs nobody out");
    forbid(parse, "initiate_login_uri", "a machine (M2M) signs nobody in");
    forbid(parse, "enforce_pkce", "a machine (M2M) signs nobody in");
    forbid(parse, "default", "a machine (M2M) signs nobody in");
}

// Nothing in a browser or on a person's device stays secret (RFC 8252 8.5, RFC 6749 2.1).
static void judge_public(apply_object_t *parse, const flow_client_t *client) {
    forbid(parse, "secrets", "SPA and NTV applications cannot keep a secret");
    forbid(parse, "secret_file", "SPA and NTV applications cannot keep a secret");
    forbid(parse, "jwks", "SPA and NTV applications cannot keep a secret");
    if (!client->enforces_pkce) {
        apply_problem(parse, "enforce_pkce", "must be true for SPA and NTV applications");
    }
    if (client->may_use_api) {
        apply_problem(parse, "api_access", "SPA and NTV applications cannot have it");
    }
}

static void judge_confidential(apply_object_t *parse) {
    const json_t *secrets = apply_member(parse, "secrets");
    const bool has_secrets = json_array_size(secrets) > 0 || apply_member(parse, "secret_file");
    if (!has_secrets && !apply_member(parse, "jwks")) {
        apply_problem(parse, "secrets", "WEB_APP and M2M need secrets, secret_file or jwks");
    }
}

static void judge_whole(apply_object_t *parse, const flow_client_t *client) {
    if (client_auth_is_confidential(client->type)) {
        judge_confidential(parse);
    } else {
        judge_public(parse, client);
    }
    if (client->type == FLOW_CLIENT_M2M) {
        judge_machine(parse);
        return;
    }
    if (json_array_size(apply_member(parse, "redirect_uris")) == 0) {
        apply_problem(parse, "redirect_uris", "at least one is needed");
    }
    forbid(parse, "scopes", "only a machine (M2M) has scopes");
}

static void parse_application(apply_object_t *parse, apply_application_t *out) {
    flow_client_t *client = &out->row.client;
    const size_t before = parse->problems->len;
    apply_names_judge(parse, field_names, sizeof field_names / sizeof field_names[0]);
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
    apply_bool(parse, "enforce_pkce", &client->enforces_pkce);
    apply_bool(parse, "active", &client->is_active);
    apply_bool(parse, "default", &out->is_default);
    apply_bool(parse, "api_access", &client->may_use_api);
    if (parse->problems->len == before) { // else the type may be a guess
        judge_whole(parse, client);
    }
}

// ---- the file -----------------------------------------------------------------------------------

static void judge_ids(const apply_file_t *file, buf_t *problems) {
    size_t defaults = 0;
    for (size_t i = 0; i < file->count; i++) {
        for (size_t k = 0; k < i; k++) {
            const str_t id = file->items[i].row.client.id;
            if (id.len > 0 && str_eq(id, file->items[k].row.client.id)) {
                buf_add_format(problems, "applications[%zu].id: stands twice\n", i);
                break;
            }
        }
        defaults += file->items[i].is_default;
        if (file->items[i].is_default && defaults > 1) {
            buf_add_format(problems, "applications[%zu].default: only one may be\n", i);
        }
    }
}

static void parse_applications(const apply_object_t *root, apply_file_t *out) {
    const apply_objects_t list = apply_objects(root, "applications", APPLICATIONS_MAX);
    out->count = list.count;
    out->items = ARENA_ARRAY(root->arena, apply_application_t, list.count);
    for (size_t i = 0; i < list.count; i++) {
        parse_application(&list.items[i], &out->items[i]);
    }
    judge_ids(out, root->problems);
}

void apply_parse(arena_t *arena, str_t text, const apply_rules_t *rules, apply_file_t *out,
                 buf_t *problems) {
    static const char *const names[] = {"applications", "organizations", "connections"};
    SCOPED(json_t) root = NULL;
    err_t err = {0};
    *out = (apply_file_t){0};
    if (json_parse_object(text, APPLY_FILE_MAX, &root, &err) != OK) {
        buf_add_format(problems, "the file: %s\n", err.text);
        return;
    }
    apply_object_t file = {arena, rules, problems, root, ""};
    apply_names_judge(&file, names, sizeof names / sizeof names[0]);
    if (json_object_size(root) == 0) {
        buf_add_c(problems, "the file: it declares nothing\n");
    }
    parse_applications(&file, out);
    apply_organizations_parse(&file, out);
}
