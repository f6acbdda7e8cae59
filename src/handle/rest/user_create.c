// POST /api/v1/organizations/{organization_id}/users: one user per address, so whoever has it
// already becomes a member too.
#include "handle/rest/endpoints.h"
#include "handle/rest/membership.h"
#include "handle/rest/user.h"

static void name_complete(rest_t *rest, store_user_words_t *words) {
    const str_t given = words->given_name.value, family = words->family_name.value;
    if (words->name.is_given || given.len + family.len == 0) {
        return;
    }
    words->name.is_given = true;
    words->name.value = arena_format(rest->call->arena, "%.*s%s%.*s", STR_ARG(given),
                                     given.len && family.len ? " " : "", STR_ARG(family));
}

result_t rest_user_create(rest_t *rest, response_t *out) {
    const rest_object_t in = rest_body(rest);
    rest_object_t membership = {.rest = rest, .path = STR("membership")};
    membership_body_t body;
    store_user_words_t words;
    email_t email = {0};
    (void)!membership_email_read(&in, "email", true, &email);
    user_words_read(&in, false, &words);
    name_complete(rest, &words);
    (void)!rest_object(&in, "membership", false, &membership);
    membership_body_read(&membership, &body);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const membership_ask_t ask = {.in = {.organization_id = rest->params[0],
                                         .user = {.email = email.normal},
                                         .wanted_external_id = words.external_id.value},
                                  .body = &body,
                                  .email = &email,
                                  .words = &words};
    return membership_make(rest, &ask, out);
}
