#include "protocol/oidc/response.h"
#include "protocol/oidc/object.h"

result_t oidc_token_text(arena_t *arena, const oidc_token_answer_t *answer, str_t *out,
                         err_t *err) {
    oidc_object_t object = oidc_object_new();
    oidc_object_text(&object, "access_token", answer->access_token);
    oidc_object_text(&object, "id_token", answer->id_token);
    oidc_object_text(&object, "refresh_token", answer->refresh_token);
    oidc_object_text(&object, "token_type", STR("Bearer"));
    oidc_object_int(&object, "expires_in", answer->expires_in_s);
    oidc_object_text(&object, "scope", answer->scope);
    return oidc_object_write(&object, arena, out, err);
}

result_t oidc_error_text(arena_t *arena, oidc_defect_t defect, str_t *out, err_t *err) {
    oidc_object_t object = oidc_object_new();
    oidc_object_text(&object, "error", str_from_c(defect.error));
    oidc_object_text(&object, "error_description", defect.text);
    return oidc_object_write(&object, arena, out, err);
}

static void introspection_add(oidc_object_t *object, const oidc_introspection_t *token) {
    const oidc_list_t audience = {&token->client_id, 1};
    oidc_object_text(object, "iss", token->issuer);
    oidc_object_text(object, "client_id", token->client_id);
    oidc_object_list(object, "aud", &audience);
    oidc_object_text(object, "sub", token->subject);
    oidc_object_text(object, "scope", token->scope);
    oidc_object_text(object, "sid", token->session_id);
    oidc_object_text(object, "oid", token->organization_id);
    oidc_object_text(object, "jti", token->jti);
    if (token->is_access_token) {
        oidc_object_text(object, "token_type", STR("Bearer"));
    }
    if (token->issued_s) {
        oidc_object_int(object, "iat", token->issued_s);
    }
    oidc_object_int(object, "exp", token->expires_s);
}

result_t oidc_introspection_text(arena_t *arena, const oidc_introspection_t *token, str_t *out,
                                 err_t *err) {
    oidc_object_t object = oidc_object_new();
    oidc_object_bool(&object, "active", token != NULL);
    if (token) {
        introspection_add(&object, token);
    }
    return oidc_object_write(&object, arena, out, err);
}
