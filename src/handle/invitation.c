// GET and POST /a/auth/invitation: the link of an invitation's mail. Opening it changes nothing
// (P-OTP-08); the button accepts it, which proves the address (hosted-login.md 6.7). Where the
// organization has its own sign-in for the address, that still follows.
#include "crypto/random.h"
#include "handle/endpoints.h"
#include "handle/page.h"

enum { TOKEN_LEN = 43 };

typedef struct {
    form_t form;
    str_t token;
    hash256_t hash;
    browser_t browser;
    store_invitation_t row;
} invitation_t;

// The subject of the form token: no flow id looks like it.
static str_t form_subject(call_t *call, const invitation_t *invitation) {
    return arena_format(call->arena, "invitation %.*s", STR_ARG(invitation->token));
}

static result_t open_link(call_t *call, invitation_t *invitation) {
    TRY(page_form(call, &invitation->form));
    TRY(browser_read(call, &invitation->browser));
    invitation->token = page_field(&invitation->form, STR("token"));
    if (invitation->token.len != TOKEN_LEN) {
        return OK;
    }
    TRY(hash_token(secret_from_str(invitation->token), &invitation->hash, &call->err));
    return store_invitation_read(call->store, hash256_bytes(&invitation->hash), &invitation->row,
                                 &call->err);
}

static view_frame_t frame_of(call_t *call, const invitation_t *invitation) {
    const flow_client_t *client = &invitation->row.client;
    return (view_frame_t){
        .views = call->views,
        .locale = view_locale_choose(call->views, STR_NONE, call->request->accept_language),
        .app_name = client->is_present ? client->name : STR_NONE,
        .app_logo_url = client->is_present ? client->logo_url : STR_NONE,
        .request_id = call->request->id};
}

static result_t notice(call_t *call, const invitation_t *invitation, view_notice_t *page,
                       response_t *out) {
    const bool is_taken = page->kind == VIEW_NOTICE_INVITATION_TAKEN;
    const view_frame_t frame = frame_of(call, invitation);
    page->name = invitation->row.organization_name;
    page->action_url = invitation->row.client.initiate_login_uri;
    str_t html;
    TRY(view_notice_page(call->arena, &frame, page, &html, &call->err));
    response_html(out, is_taken ? 200 : 410, html);
    out->log_code = is_taken ? STR("invitation_taken") : STR("invitation_over");
    return OK;
}

// Used, replaced, too old, never one of ours, or of somebody who is switched off: one answer.
static bool is_over(const invitation_t *invitation) {
    const store_invitation_t *row = &invitation->row;
    return !row->is_present || row->is_consumed || row->expires_at <= row->now ||
           !row->user.is_active;
}

result_t handle_invitation_page(call_t *call, response_t *out) {
    invitation_t invitation = {0};
    TRY(open_link(call, &invitation));
    if (is_over(&invitation)) {
        view_notice_t page = {.kind = VIEW_NOTICE_INVITATION_OVER};
        return notice(call, &invitation, &page, out);
    }
    TRY(browser_ensure(call, &invitation.browser, out));
    view_confirm_t view = {.kind = VIEW_CONFIRM_INVITATION,
                           .token = invitation.token,
                           .organization = invitation.row.organization_name,
                           .inviter = invitation.row.inviter_email,
                           .email = invitation.row.email_display};
    TRY(form_token_make(call, &invitation.browser, form_subject(call, &invitation),
                        &view.form_token));
    const view_frame_t frame = frame_of(call, &invitation);
    str_t html;
    TRY(view_confirm_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, 200, html);
    out->form_action = STR("https:");
    if (!str_is_empty(invitation.row.client.initiate_login_uri)) {
        out->form_action = login_form_action(call->arena, invitation.row.client.initiate_login_uri);
    }
    return OK;
}

// ---- accepting ----------------------------------------------------------------------------------

static result_t accept(call_t *call, const invitation_t *invitation, response_t *out) {
    const store_invitation_t *row = &invitation->row;
    const bool is_new_session = row->hrd.kind == FLOW_HRD_NONE;
    secret_t session;
    hash256_t session_hash;
    store_invitation_accept_t in = {.token_hash = hash256_bytes(&invitation->hash),
                                    .is_new_session = is_new_session,
                                    .session_old_hash = browser_session_bytes(&invitation->browser),
                                    .browser_hash = browser_hash_bytes(&invitation->browser),
                                    .session_s = call->settings->session_lifetime_s,
                                    .session_idle_s = call->settings->session_idle_s,
                                    .ip = call->request->client_ip,
                                    .user_agent = str_sub(call->request->user_agent, 0, 256)};
    TRY(browser_session_new(call, &session, &session_hash));
    TRY(random_id(call->arena, "ses", call_now(call), &in.session_id, &call->err));
    in.session_hash = hash256_bytes(&session_hash);
    store_audit_t audit = browser_audit(call, "login.invitation");
    audit.decision = is_new_session ? "complete" : "sso";
    audit.reason = is_new_session
                       ? STR("the invitation was accepted -> session")
                       : STR("the invitation was accepted, and the address has a sign-in of its "
                             "organization -> member, no session");
    audit.user_id = row->user.id;
    audit.email = row->user.email;
    audit.organization_id = row->organization_id;
    audit.session_id = is_new_session ? in.session_id : STR_NONE;
    TRY(store_invitation_accept(call->store, &in, &audit, &call->err));
    if (is_new_session) {
        browser_session_set(call, session, out);
    }
    return OK;
}

// OpenID Connect Core 4: the application begins an ordinary request, which finds the session, or
// the organization's sign-in by the hint.
static result_t go_on(call_t *call, const invitation_t *invitation, response_t *out) {
    const flow_client_t *client = &invitation->row.client;
    if (!client->is_present || str_is_empty(client->initiate_login_uri)) {
        view_notice_t page = {.kind = VIEW_NOTICE_INVITATION_TAKEN,
                              .email = invitation->row.email_display};
        return notice(call, invitation, &page, out);
    }
    buf_t url = buf_new(call->arena, 256);
    buf_add(&url, client->initiate_login_uri);
    url_add_param(&url, STR("iss"), call->settings->issuer);
    url_add_param(&url, STR("login_hint"), invitation->row.email_display);
    response_redirect(out, buf_str(&url));
    out->log_code = STR("invitation_taken");
    return OK;
}

result_t handle_invitation(call_t *call, response_t *out) {
    invitation_t invitation = {0};
    bool is_button;
    TRY(open_link(call, &invitation));
    if (is_over(&invitation)) {
        view_notice_t page = {.kind = VIEW_NOTICE_INVITATION_OVER};
        return notice(call, &invitation, &page, out);
    }
    TRY(form_token_check(call, &invitation.browser, form_subject(call, &invitation),
                         page_field(&invitation.form, STR("form_token")), &is_button));
    if (!is_button) { // the form of another browser, or of no page of ours: asked again
        return handle_invitation_page(call, out);
    }
    const result_t result = accept(call, &invitation, out);
    if (result == CONFLICT) { // a double click: used in between
        *out = (response_t){0};
        call->err = (err_t){0};
        view_notice_t page = {.kind = VIEW_NOTICE_INVITATION_OVER};
        return notice(call, &invitation, &page, out);
    }
    TRY(result);
    return go_on(call, &invitation, out);
}
