// Adding somebody to an organization: a user who is there, or whoever has an address.
#pragma once
#include "base/email.h"
#include "handle/rest.h"
#include "store/membership.h"

// What is asked of the membership itself (users.CreateMembership) and of the query.
typedef struct {
    flow_list_t roles;
    str_t metadata; // a JSON object
    str_t inviter_email;
    bool is_invited; // send_invitation_email, by default
} membership_body_t;

// `in` may have no JSON: all of it is optional.
void membership_body_read(const rest_object_t *in, membership_body_t *out);

// An address member of a body. False: it is not there, or wrong (and noted).
MUST_USE bool membership_email_read(const rest_object_t *in, const char *name, bool is_required,
                                    email_t *out);

typedef struct {
    store_member_in_t in;
    const membership_body_t *body;
    const email_t *email;            // of a user who is made if nobody has it; NULL: never
    const store_user_words_t *words; // of that user; NULL: none
} membership_ask_t;

// Reads, decides, writes and answers 201 with the user: 404 without organization or user, 409 if
// there is such a membership already or the external id is another one, 400 if the organization is
// full.
MUST_USE result_t membership_make(rest_t *rest, const membership_ask_t *ask, response_t *out);
