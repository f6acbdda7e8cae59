#include "handle/rest/membership.h"
#include "handle/rest/invite.h"
#include "handle/rest/user.h"
#include "handle/rest/user_role.h"

// ---- parsing ------------------------------------------------------------------------------------

bool membership_email_read(const rest_object_t *in, const char *name, bool is_required,
                           email_t *out) {
    arena_t *arena = in->rest->call->arena;
    const rest_length_t length = {.min = 1, .max = EMAIL_MAX, .is_required = is_required};
    str_t text;
    err_t err = {0};
    if (!rest_text(in, name, length, &text)) {
        return false;
    }
    if (email_parse(arena, text, out, &err) != OK) {
        const char *dot = in->path.len ? "." : "";
        rest_problem(in->rest, arena_format(arena, "%.*s%s%s", STR_ARG(in->path), dot, name),
                     "pattern", "must be an email address");
        return false;
    }
    return true;
}

void membership_body_read(const rest_object_t *in, membership_body_t *out) {
    static const str_t STANDARD[] = {{"member", sizeof("member") - 1}};
    const rest_map_t metadata = {.pairs_max = STORE_PAIRS_MAX,
                                 .key_min = 3,
                                 .key_max = 25,
                                 .value_min = 1,
                                 .value_max = 256};
    email_t inviter;
    *out = (membership_body_t){.roles = {STANDARD, 1}, .metadata = STR("{}"), .is_invited = true};
    (void)!user_roles_read(in, "roles", "name", &out->roles);
    (void)!rest_map(in, "metadata", &metadata, &out->metadata);
    if (membership_email_read(in, "inviter_email", false, &inviter)) {
        out->inviter_email = inviter.display;
    }
    (void)!rest_query_bool(in->rest, "send_invitation_email", &out->is_invited);
}

// ---- deciding -----------------------------------------------------------------------------------

static bool is_other_external_id(const membership_ask_t *ask, const store_member_t *member) {
    return ask->words && ask->words->external_id.is_given && member->external_id.len &&
           !str_eq(member->external_id, ask->words->external_id.value);
}

// True: `out` is the answer, or *out_result why there is none.
static bool refuse(rest_t *rest, const membership_ask_t *ask, const store_member_t *member,
                   response_t *out, result_t *out_result) {
    if (!member->is_organization_present) {
        *out_result = rest_absent(rest, "organization", out);
    } else if (!member->is_user_present && !ask->email) {
        *out_result = rest_absent(rest, "user", out);
    } else if (member->is_member) {
        *out_result = rest_taken(rest, "the user is a member of the organization or invited", out);
    } else if (member->is_external_id_taken) {
        *out_result = rest_taken(rest, "a user with this external_id exists", out);
    } else if (is_other_external_id(ask, member)) {
        *out_result = rest_taken(rest, "the user with this email has another external_id", out);
    } else if (member->is_full) {
        *out_result = rest_impossible(rest, "the organization has as many users as it may", out);
    } else {
        return false;
    }
    return true;
}

// ---- writing ------------------------------------------------------------------------------------

// A user who was there before keeps the profile: it is that person's own by now, and this is
// another organization. Only an external id may be added.
static result_t user_choose(rest_t *rest, const membership_ask_t *ask, const store_member_t *member,
                            store_membership_new_t *out) {
    store_user_words_t *words = ARENA_NEW(rest->call->arena, store_user_words_t);
    if (!member->is_user_present) {
        out->is_new_user = true;
        out->email = ask->email->normal;
        out->email_display = ask->email->display;
        out->words = ask->words;
        return rest_id(rest, "usr", &out->user_id);
    }
    out->user_id = member->user_id;
    out->email_display = member->email_display;
    if (ask->words && ask->words->external_id.is_given && member->external_id.len == 0) {
        words->external_id = ask->words->external_id;
        out->words = words;
    }
    return OK;
}

static result_t invite_add(rest_t *rest, const membership_ask_t *ask, const store_member_t *member,
                           store_membership_new_t *out) {
    const invite_ask_t invite = {.member = member,
                                 .email_display = out->email_display,
                                 .locale = out->is_new_user && out->words ? out->words->locale.value
                                                                          : member->locale,
                                 .inviter_email = out->inviter_email};
    store_invite_new_t *made = ARENA_NEW(rest->call->arena, store_invite_new_t);
    if (!ask->body->is_invited) {
        return OK;
    }
    TRY(invite_make(rest, &invite, made));
    out->invite = made;
    return OK;
}

result_t membership_make(rest_t *rest, const membership_ask_t *ask, response_t *out) {
    call_t *call = rest->call;
    store_membership_new_t new = {.organization_id = ask->in.organization_id,
                                  .roles = ask->body->roles,
                                  .metadata = ask->body->metadata,
                                  .inviter_email = ask->body->inviter_email};
    store_member_t member;
    store_membership_made_t made;
    result_t refused = OK;
    TRY(store_member_read(call->store, &ask->in, &member, &call->err));
    if (refuse(rest, ask, &member, out, &refused)) {
        return refused;
    }
    TRY(user_choose(rest, ask, &member, &new));
    TRY(invite_add(rest, ask, &member, &new));
    const store_audit_t audit =
        user_audit(rest, new.invite ? "api.membership.invite" : "api.membership.create",
                   new.user_id, new.organization_id);
    TRY(store_membership_create(call->store, &new, &audit, &made, &call->err));
    if (made.limited.is_limited) {
        return invite_limited(rest, &made.limited, out);
    }
    call->has_mail = new.invite != NULL;
    return user_answer(rest, 201, &made.user, out);
}
