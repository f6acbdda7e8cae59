// PATCH /api/v1/invites/organizations/{organization_id}/users/{id}/resend. The link is kept
// nowhere, so what goes out is always a new one, with a new end, and the old one is dead.
#include "handle/rest/endpoints.h"
#include "handle/rest/invite.h"
#include "handle/rest/user.h"

// True: `out` is the answer.
static bool refuse(rest_t *rest, const store_member_t *member, response_t *out,
                   result_t *out_result) {
    if (!member->is_member) {
        *out_result = rest_absent(rest, "invitation", out);
    } else if (str_eq(member->status, STR("INVITE_EXPIRED")) && member->is_full) {
        *out_result = rest_impossible(rest, "the organization has as many users as it may", out);
    } else if (!str_eq(member->status, STR("INVITE_EXPIRED")) &&
               !str_eq(member->status, STR("PENDING_INVITE"))) {
        *out_result = rest_impossible(rest, "the invitation was accepted already", out);
    } else {
        return false;
    }
    return true;
}

static result_t answer(rest_t *rest, const store_invite_renewal_t *renewal,
                       const store_invite_t *invite, response_t *out) {
    SCOPED(json_t) json = json_object();
    json_t *object = rest_add_object(rest, json, "invite");
    rest_add_text(rest, object, "organization_id", renewal->organization_id);
    rest_add_text(rest, object, "user_id", renewal->user_id);
    rest_add_text_if(rest, object, "inviter_email", invite->inviter_email);
    rest_add_text(rest, object, "status", STR("pending_invite"));
    rest_add_time(rest, object, "created_at", invite->created_at);
    rest_add_time(rest, object, "expires_at", invite->expires_at);
    rest_add_time(rest, object, "resent_at", invite->resent_at);
    rest_add_int(rest, object, "resent_count", invite->resent_count);
    return rest_answer(rest, 200, json, out);
}

result_t rest_invite_resend(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const store_member_in_t in = {.organization_id = rest->params[0],
                                  .user = user_key(rest, 1, false)};
    store_member_t member;
    store_invite_t invite;
    result_t refused = OK;
    TRY(store_member_read(call->store, &in, &member, &call->err));
    if (refuse(rest, &member, out, &refused)) {
        return refused;
    }
    const invite_ask_t ask = {.member = &member,
                              .email_display = member.email_display,
                              .locale = member.locale,
                              .inviter_email = member.inviter_email};
    store_invite_renewal_t renewal = {.organization_id = in.organization_id,
                                      .user_id = member.user_id,
                                      .was_expired = str_eq(member.status, STR("INVITE_EXPIRED"))};
    TRY(invite_make(rest, &ask, &renewal.next));
    const store_audit_t audit =
        user_audit(rest, "api.invite.resend", member.user_id, in.organization_id);
    TRY(store_invite_renew(call->store, &renewal, &audit, &invite, &call->err));
    if (invite.limited.is_limited) {
        return invite_limited(rest, &invite.limited, out);
    }
    call->has_mail = true;
    return answer(rest, &renewal, &invite, out);
}
