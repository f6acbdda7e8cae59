// POST /api/v1/clients/{client_id}/secrets, PUT, PATCH and DELETE .../secrets/{secret_id}. A secret
// is shown once, when it is made; the table has a keyed hash of it.
#include "crypto/random.h"
#include "handle/client_auth.h"
#include "handle/rest/client.h"
#include "handle/rest/endpoints.h"

enum { SUFFIX_LEN = 4 };

// NULL: not there.
static const store_secret_t *secret_of(const store_application_t *row, str_t id) {
    for (size_t i = 0; i < row->secret_count; i++) {
        if (str_eq(row->secrets[i].id, id)) {
            return &row->secrets[i];
        }
    }
    return NULL;
}

static result_t secret_answer(rest_t *rest, str_t id, str_t plain, response_t *out) {
    SCOPED(json_t) answer = json_object();
    store_application_found_t found;
    TRY(client_find(rest, &found));
    const store_secret_t *secret = secret_of(&found.row, id);
    if (!secret) {
        return rest_absent(rest, "secret", out);
    }
    rest_add_text_if(rest, answer, "plain_secret", plain);
    client_secret_add(rest, rest_add_object(rest, answer, "secret"), secret);
    return rest_answer(rest, 200, answer, out);
}

static result_t add(rest_t *rest, str_t client_id, response_t *out) {
    call_t *call = rest->call;
    store_secret_in_t in = {.client_id = client_id, .created_by = rest->client_id};
    hash256_t hash;
    secret_t token;
    TRY(random_token(call->arena, &token, &call->err));
    TRY(client_auth_secret_hash(call->master, client_id, token, &hash, &call->err));
    TRY(rest_id(rest, "sec", &in.id));
    const str_t plain = secret_reveal(token);
    in.hash = hash256_bytes(&hash);
    in.suffix = str_sub(plain, plain.len - SUFFIX_LEN, plain.len);
    const store_audit_t audit = client_audit(rest, "api.client.secret.create", client_id, in.id);
    TRY(store_secret_add(call->store, &in, &audit, &call->err));
    return secret_answer(rest, in.id, plain, out);
}

result_t rest_client_secret_create(rest_t *rest, response_t *out) {
    store_application_found_t found;
    TRY(client_find(rest, &found));
    if (!found.is_present) {
        return rest_absent(rest, "client", out);
    }
    if (!client_auth_is_confidential(found.row.client.type)) {
        return rest_impossible(rest, "SPA and NTV applications cannot keep a secret", out);
    }
    return found.row.secret_count < STORE_CLIENT_SECRETS_MAX
               ? add(rest, found.row.client.id, out)
               : rest_impossible(rest, "there are two secrets already: delete one first", out);
}

result_t rest_client_secret_update(rest_t *rest, response_t *out) {
    static const char *const STATUSES[] = {"INACTIVE", "ACTIVE"};
    call_t *call = rest->call;
    const rest_object_t body = rest_body(rest);
    rest_names_t names = REST_NAMES(STATUSES);
    store_application_found_t found;
    size_t is_active = 0;
    names.is_required = true;
    (void)!rest_enum(&body, "status", names, &is_active);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(client_find(rest, &found));
    if (!found.is_present || !secret_of(&found.row, rest->params[1])) {
        return rest_absent(rest, "secret", out);
    }
    const store_audit_t audit =
        client_audit(rest, is_active ? "api.client.secret.on" : "api.client.secret.off",
                     found.row.client.id, rest->params[1]);
    const store_secret_state_t state = {found.row.client.id, rest->params[1], is_active == 1};
    TRY(store_secret_set(call->store, &state, &audit, &call->err));
    return secret_answer(rest, rest->params[1], STR_NONE, out);
}

result_t rest_client_secret_delete(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    store_application_found_t found;
    TRY(client_find(rest, &found));
    if (!found.is_present || !secret_of(&found.row, rest->params[1])) {
        return rest_absent(rest, "secret", out);
    }
    const store_audit_t audit =
        client_audit(rest, "api.client.secret.delete", found.row.client.id, rest->params[1]);
    TRY(store_secret_remove(call->store, found.row.client.id, rest->params[1], &audit, &call->err));
    return rest_answer_empty(rest, out);
}
