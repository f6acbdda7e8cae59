#include "view/views.h"

// Help is offered where something went wrong, not where all is well.
static bool is_trouble(view_notice_kind_t kind) {
    return kind != VIEW_NOTICE_DONE && kind != VIEW_NOTICE_SIGN_OUT_CONFIRM &&
           kind != VIEW_NOTICE_SIGNED_OUT && kind != VIEW_NOTICE_SSO_CANCELLED &&
           kind != VIEW_NOTICE_INVITATION_TAKEN;
}

// The address is shown only to whom it was proven to: not, for example, on OTHER_BROWSER.
static bool is_email_shown(view_notice_kind_t kind) {
    return kind == VIEW_NOTICE_NO_ACCOUNT || kind == VIEW_NOTICE_NOT_ACTIVE ||
           kind == VIEW_NOTICE_SIGN_OUT_CONFIRM || kind == VIEW_NOTICE_NO_MEMBER ||
           kind == VIEW_NOTICE_OTHER_REALM || kind == VIEW_NOTICE_MEMBER_INACTIVE ||
           kind == VIEW_NOTICE_INVITATION_TAKEN;
}

result_t view_notice_page(arena_t *arena, const view_frame_t *frame, const view_notice_t *page,
                          str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const bool has_action = !str_is_empty(page->action_url);
    const str_t request_id = is_trouble(page->kind) ? frame->request_id : STR_NONE;
    model_notice_t model = {
        .kind = (int)page->kind,
        .detail = page->detail,
        .email = is_email_shown(page->kind) ? page->email : STR_NONE,
        .name = str_is_empty(page->name) ? around.app : page->name,
        .request_id = request_id,
        .support = is_trouble(page->kind) ? frame->views->support_contact : STR_NONE,
        .action_url = page->action_url,
        .application_url = page->application_url,
        .is_other_email = page->is_other_email && !str_is_empty(page->flow_id),
        .is_link = has_action && !page->is_action_post,
        .is_form = has_action && page->is_action_post,
        .has_reference = !str_is_empty(request_id) || !str_is_empty(page->detail),
        .flow_id = page->flow_id,
        .form_token = page->form_token,
        .client_id = page->client_id,
        .post_logout_redirect_uri = page->post_logout_redirect_uri,
        .state = page->state,
    };
    model.wait_unit = (int)views_wait(page->retry_after_s, &model.wait);
    return views_page(views_template(frame, MODEL_NOTICE), arena, (const void *[]){&around, &model},
                      out, err);
}
