#include "protocol/oidc/github.h"
#include "base/buffer.h"
#include "protocol/oidc/object.h"

enum { STATUS_FORBIDDEN = 403, STATUS_NOT_FOUND = 404 };

#define MALFORMED(err, ...) FAIL((err), REFUSED, "github_answer", __VA_ARGS__)

static result_t user_read(const oidc_answer_t *answer, arena_t *arena, oidc_object_t *claims,
                          err_t *err) {
    SCOPED(json_t) user = NULL;
    int64_t id = 0;
    str_t name = STR("");
    str_t picture = STR("");
    TRY(oidc_answer_object(answer, "/user", &user, err));
    if (!json_get_int(user, "id", &id) || id <= 0) {
        return MALFORMED(err, "the user has no numeric id");
    }
    (void)!json_get_str(user, "name", &name); // null if the person has not set one
    (void)!json_get_str(user, "avatar_url", &picture);
    oidc_object_text(claims, "sub", arena_format(arena, "%lld", (long long)id));
    oidc_object_text(claims, "name", name);
    oidc_object_text(claims, "picture", picture);
    return OK;
}

// The addresses are an array at the top, which json_parse_object rightly does not take: they are
// put into an object, and one member later it must still be one.
static result_t emails_parse(arena_t *arena, const oidc_answer_t *answer, json_t **out,
                             err_t *err) {
    SCOPED(json_t) json = NULL;
    if (answer->body.len > OIDC_ANSWER_LEN_MAX) {
        return MALFORMED(err, "/user/emails has %zu octets", answer->body.len);
    }
    buf_t wrapped = buf_new(arena, answer->body.len + 16);
    buf_add_c(&wrapped, "{\"emails\":");
    buf_add(&wrapped, answer->body);
    buf_add_char(&wrapped, '}');
    oidc_answer_t object = *answer;
    object.body = buf_str(&wrapped);
    TRY(oidc_answer_object(&object, "/user/emails", &json, err));
    if (json_object_size(json) != 1 || !json_is_array(json_object_get(json, "emails"))) {
        return MALFORMED(err, "/user/emails is no list");
    }
    *out = json;
    json = NULL;
    return OK;
}

static void primary_add(const json_t *emails, oidc_object_t *claims) {
    size_t i;
    const json_t *item;
    json_array_foreach(emails, i, item) {
        str_t email;
        if (json_is_true(json_object_get(item, "primary")) && json_get_str(item, "email", &email) &&
            email.len) {
            oidc_object_text(claims, "email", email);
            oidc_object_bool(claims, "email_verified",
                             json_is_true(json_object_get(item, "verified")));
            return;
        }
    }
}

static result_t emails_read(arena_t *arena, const oidc_answer_t *answer, oidc_object_t *claims,
                            err_t *err) {
    SCOPED(json_t) json = NULL;
    if (answer->status == STATUS_FORBIDDEN || answer->status == STATUS_NOT_FOUND) {
        return OK;
    }
    TRY(emails_parse(arena, answer, &json, err));
    primary_add(json_object_get(json, "emails"), claims);
    return OK;
}

result_t oidc_github_claims(arena_t *arena, const oidc_answer_t *user, const oidc_answer_t *emails,
                            json_t **out, err_t *err) {
    oidc_object_t object = oidc_object_new();
    SCOPED(json_t) claims = NULL;
    result_t result = user_read(user, arena, &object, err);
    if (result == OK) {
        result = emails_read(arena, emails, &object, err);
    }
    TRY(oidc_object_take(&object, &claims, err));
    TRY(result);
    *out = claims;
    claims = NULL;
    return OK;
}
