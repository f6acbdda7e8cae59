// GET and POST /a/auth/organization: who it is is settled; for which organization? (flow.md 6,
// hosted-login.md 6.2). Everything is judged again when it is chosen: the person waited here for as
// long as they liked.
#include "flow/arrival.h"
#include "flow/complete.h"
#include "flow/email.h"
#include "flow/entry.h"
#include "handle/endpoints.h"
#include "handle/login_finish.h"
#include "handle/next_step.h"

enum { NAME_MAX = 200 };

static const char EVENT[] = "login.organization";

typedef struct {
    page_t page;
    store_choice_t choice;
    bool is_answered;
} chooser_t;

// ---- read ---------------------------------------------------------------------------------------

// P-LINK-10: whoever was not authenticated in this flow has nothing to choose, and a session that
// is switched must still be there.
static bool is_authenticated(const store_choice_t *choice) {
    const store_authenticated_t *who = &choice->flow.authenticated;
    return who->is_present && choice->user.is_present &&
           (str_is_empty(who->session_id) || choice->session.is_present);
}

static result_t open_page(call_t *call, chooser_t *chooser, response_t *out) {
    page_t *page = &chooser->page;
    TRY(page_parse(call, page));
    if (page_is_flow_id(page->flow_id)) {
        TRY(store_choice_read(call->store, page->flow_id, browser_session_bytes(&page->browser),
                              &chooser->choice, &call->err));
    }
    page_flow_set(page, &chooser->choice.flow);
    TRY(page_judge(call, page, out, &chooser->is_answered));
    if (!chooser->is_answered && !is_authenticated(&chooser->choice)) {
        chooser->is_answered = true;
        response_redirect(out, page_start_url(call, &page->flow.request));
    }
    return OK;
}

// ---- the pages ----------------------------------------------------------------------------------

static view_organizations_t list(arena_t *arena, const flow_memberships_t *all,
                                 flow_member_t member) {
    view_organization_t *items = ARENA_ARRAY(arena, view_organization_t, all->count);
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        const flow_membership_t *row = &all->items[i];
        if (row->member == member) {
            items[count++] = (view_organization_t){row->organization_id, row->name, row->logo_url};
        }
    }
    return (view_organizations_t){items, count};
}

// flow.md 3, loop guard: what an organization's connection says of a guest is good for that
// organization alone, by a session that it made as well as by the login itself.
static bool is_guest(const store_choice_t *choice) {
    return choice->session.is_present && choice->session.sso_organization_ids.count > 0 &&
           !str_is_empty(choice->flow.authenticated.session_id) &&
           choice->hrd.kind == FLOW_HRD_NONE;
}

static bool may_create(const call_t *call, const chooser_t *chooser) {
    return call->settings->is_signup_on && call->settings->is_organization_signup_on &&
           !chooser->choice.connection.is_present && !is_guest(&chooser->choice);
}

static view_choice_t choice_view(call_t *call, const chooser_t *chooser) {
    const flow_memberships_t *all = &chooser->choice.memberships;
    return (view_choice_t){.flow_id = chooser->page.flow_id,
                           .email = chooser->choice.email_display,
                           .own = list(call->arena, all, FLOW_MEMBER_ACTIVE),
                           .invitations = list(call->arena, all, FLOW_MEMBER_INVITED),
                           .joinable = list(call->arena, all, FLOW_MEMBER_JOINABLE),
                           .may_create = may_create(call, chooser)};
}

static bool has_choices(const view_choice_t *view) {
    return view->own.count + view->invitations.count + view->joinable.count > 0;
}

typedef struct {
    str_t name;
    view_error_t error;
} new_form_t;

static result_t show_new(call_t *call, const chooser_t *chooser, const new_form_t *form,
                         response_t *out) {
    const page_t *page = &chooser->page;
    const view_choice_t choices = choice_view(call, chooser);
    view_organization_new_t view = {.flow_id = page->flow_id,
                                    .email = chooser->choice.email_display,
                                    .name = form->name,
                                    .error = form->error,
                                    .has_choices = has_choices(&choices)};
    TRY(form_token_make(call, &page->browser, page->flow_id, &view.form_token));
    const view_frame_t frame = page_frame(call, &page->flow, &page->form);
    str_t html;
    TRY(view_organization_new_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, form->error == VIEW_ERROR_NONE ? 200 : 400, html);
    out->form_action = login_form_action(call->arena, page->flow.request.redirect_uri);
    return OK;
}

static result_t show(call_t *call, const chooser_t *chooser, response_t *out) {
    const page_t *page = &chooser->page;
    view_choice_t view = choice_view(call, chooser);
    const bool is_new = str_eq(page_field(&page->form, STR("intent")), STR("create"));
    if (view.may_create && (is_new || !has_choices(&view))) {
        const new_form_t form = {0};
        return show_new(call, chooser, &form, out);
    }
    TRY(form_token_make(call, &page->browser, page->flow_id, &view.form_token));
    const view_frame_t frame = page_frame(call, &page->flow, &page->form);
    str_t html;
    TRY(view_organizations_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, 200, html);
    out->form_action = login_form_action(call->arena, page->flow.request.redirect_uri);
    return OK;
}

result_t handle_organization_page(call_t *call, response_t *out) {
    chooser_t chooser = {0};
    TRY(open_page(call, &chooser, out));
    return chooser.is_answered ? OK : show(call, &chooser, out);
}

// ---- decide -------------------------------------------------------------------------------------

// What authenticated this flow, as a session: one already if it is switched.
static flow_session_t session_of(const store_choice_t *choice, str_t organization_id) {
    const store_authenticated_t *who = &choice->flow.authenticated;
    if (!str_is_empty(who->session_id)) {
        return choice->session;
    }
    return (flow_session_t){
        .is_present = true,
        .user_id = who->user_id,
        .is_user_active = choice->user.is_active,
        .amr = who->amr,
        .connection_ids = who->connection_ids,
        .sso_organization_ids = {&who->organization_id, str_is_empty(who->organization_id) ? 0 : 1},
        .organization_id = organization_id};
}

// The realm of the person's own address wants its sign-in by now (M3's rule), of a session too: it
// is not the organization that they switch to that does.
static flow_decision_t decide_realm(call_t *call, const chooser_t *chooser) {
    const store_flow_t *flow = &chooser->choice.flow;
    const flow_email_t in = {.now = flow->now,
                             .status = flow->status,
                             .flow_expires_at = flow->expires_at,
                             .is_own_browser = chooser->page.is_own_browser,
                             .hrd = chooser->choice.hrd};
    flow_decision_t decision = flow_after_email(call->arena, &in);
    const bool is_switch = !str_is_empty(flow->authenticated.session_id);
    decision.why = is_switch ? FLOW_WHY_SESSION : FLOW_WHY_POLICY;
    return decision;
}

static flow_decision_t decide(call_t *call, const chooser_t *chooser, str_t organization_id) {
    const store_choice_t *choice = &chooser->choice;
    const flow_session_t session = session_of(choice, organization_id);
    if (flow_session_is_bound_elsewhere(&session, &choice->hrd, organization_id)) {
        return (flow_decision_t){
            .step = FLOW_STEP_LOGIN_PAGE,
            .organization_id = organization_id,
            .reason = STR("another organization's provider vouches for its own alone -> code")};
    }
    if (choice->user.is_active &&
        !flow_session_is_allowed(&session, &choice->hrd, organization_id)) {
        return decide_realm(call, chooser);
    }
    const flow_decision_t before = {.reason = STR("the person chose")};
    const flow_hrd_t none = {0}; // choice->hrd is that of the user's own address
    const flow_completing_t in = {.user = choice->user,
                                  .memberships = choice->memberships,
                                  .connection = choice->connection,
                                  .is_own_realm =
                                      flow_is_own_realm(&choice->connection, &choice->hrd, &none),
                                  .chosen_organization_id = organization_id,
                                  .is_chosen_by_person = true};
    return login_finish_decide(call, &in, &before);
}

// ---- write and answer ---------------------------------------------------------------------------

static result_t refuse(call_t *call, const chooser_t *chooser, const flow_decision_t *decision,
                       response_t *out) {
    const store_flow_t *flow = &chooser->page.flow;
    const page_outcome_t outcome = {.flow = flow, .decision = decision};
    bool is_answered;
    store_audit_t audit = page_audit(call, EVENT, flow, decision);
    audit.user_id = chooser->choice.user.id;
    audit.email = chooser->choice.user.email;
    TRY(store_audit_add(call->store, &audit, &call->err));
    TRY(page_decision(call, &outcome, out, &is_answered));
    if (!is_answered) { // another way of signing in, or a choice that is none: choose again
        const bool is_login = decision->step == FLOW_STEP_LOGIN_PAGE;
        response_redirect(out, page_url(call, is_login ? "/a/auth/login" : "/a/auth/organization",
                                        flow->request.id));
    }
    return OK;
}

static result_t finish(call_t *call, const chooser_t *chooser, const flow_decision_t *decision,
                       str_t new_name, response_t *out) {
    const store_choice_t *choice = &chooser->choice;
    const store_authenticated_t *who = &choice->flow.authenticated;
    const login_finish_t in = {.request = &chooser->page.flow.request,
                               .session = &choice->session,
                               .is_session_kept = !str_is_empty(who->session_id),
                               .proven = {.is_from_flow = true,
                                          .email = STR_NONE,
                                          .amr = who->amr,
                                          .connection_id = choice->connection.is_present
                                                               ? choice->connection.id
                                                               : STR_NONE},
                               .came_through = &who->connection_ids,
                               .decision = decision,
                               .new_organization_name = new_name,
                               .event = EVENT};
    const result_t result = login_finish(call, &chooser->page.browser, &in, out);
    if (result != CONFLICT) {
        return result;
    }
    // Somebody changed the membership, or a double click: the page says how things stand now.
    call->err = (err_t){0};
    *out = (response_t){.log_code = STR("conflict")};
    response_redirect(out, page_url(call, "/a/auth/organization", chooser->page.flow_id));
    return OK;
}

static result_t choose(call_t *call, const chooser_t *chooser, str_t organization_id,
                       response_t *out) {
    const flow_decision_t decision = decide(call, chooser, organization_id);
    if (next_step_is(decision.step)) {
        const next_step_t next = {.flow = &chooser->page.flow,
                                  .decision = &decision,
                                  .event = EVENT,
                                  .email = chooser->choice.user.email,
                                  .email_display = chooser->choice.email_display};
        return next_step_go(call, &next, out);
    }
    return decision.step == FLOW_STEP_COMPLETE ? finish(call, chooser, &decision, STR_NONE, out)
                                               : refuse(call, chooser, &decision, out);
}

static size_t characters(str_t text) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

static result_t create(call_t *call, const chooser_t *chooser, response_t *out) {
    const str_t name = str_trim(page_field(&chooser->page.form, STR("organization_name")));
    new_form_t form = {.name = str_sub(name, 0, 4 * NAME_MAX)};
    if (str_is_empty(name)) {
        form.error = VIEW_ERROR_NAME_EMPTY;
    } else if (characters(name) > NAME_MAX || str_has_control(name)) {
        form.error = VIEW_ERROR_NAME_INVALID;
    }
    if (form.error != VIEW_ERROR_NONE) {
        return show_new(call, chooser, &form, out);
    }
    flow_decision_t decision = decide(call, chooser, STR_NONE);
    if (next_step_is(decision.step)) {
        return choose(call, chooser, STR_NONE, out);
    }
    const bool may = decision.step == FLOW_STEP_CREATE_ORGANIZATION ||
                     decision.step == FLOW_STEP_CHOOSE_ORGANIZATION ||
                     decision.step == FLOW_STEP_COMPLETE;
    if (!may) {
        return refuse(call, chooser, &decision, out);
    }
    decision = (flow_decision_t){.step = FLOW_STEP_COMPLETE,
                                 .reason = STR("the person creates an organization -> complete")};
    return finish(call, chooser, &decision, name, out);
}

result_t handle_organization(call_t *call, response_t *out) {
    chooser_t chooser = {0};
    bool is_button;
    TRY(open_page(call, &chooser, out));
    if (chooser.is_answered) {
        return OK;
    }
    TRY(page_form_check(call, &chooser.page, &is_button));
    const form_t *form = &chooser.page.form;
    const str_t organization_id = page_field(form, STR("organization_id"));
    const bool is_new =
        str_eq(page_field(form, STR("intent")), STR("create")) && may_create(call, &chooser);
    if (is_button && is_new) {
        str_t name;
        // "Create a new organization" leads to the field; with it, it is made.
        return form_get(form, STR("organization_name"), &name) == FORM_ONE
                   ? create(call, &chooser, out)
                   : show(call, &chooser, out);
    }
    return is_button && !str_is_empty(organization_id)
               ? choose(call, &chooser, organization_id, out)
               : show(call, &chooser, out);
}
