#include "base/form.h"
#include "view/views.h"

static str_t language_url(arena_t *arena, str_t url, view_locale_t locale) {
    buf_t out = buf_new(arena, url.len + 32);
    buf_add(&out, url);
    url_add_param(&out, STR("ui_locales"), view_locale_tag(locale));
    return buf_str(&out);
}

model_frame_t views_frame(arena_t *arena, const view_frame_t *frame) {
    const views_t *views = frame->views;
    model_frame_t model = {
        .lang = view_locale_tag(frame->locale),
        .dir = views_direction(frame->locale),
        .app = str_is_empty(frame->app_name) ? views->product_name : frame->app_name,
        .logo_url = frame->app_logo_url,
        .brand = frame->organization_name,
        .brand_logo_url = frame->organization_logo_url,
        .css_url = views->assets[MODEL_ASSET_CSS].path,
        .script_url = views->assets[MODEL_ASSET_SCRIPT].path,
        .icon_url = views->assets[MODEL_ASSET_ICON].path,
        .privacy_url = views->privacy_url,
        .terms_url = views->terms_url,
        .help_url = views->help_url,
        .has_links = views->privacy_url.len + views->terms_url.len + views->help_url.len > 0,
        .locale = (int)frame->locale,
        .has_languages = !str_is_empty(frame->language_url),
    };
    if (model.has_languages) {
        model.en_url = language_url(arena, frame->language_url, LOCALE_EN);
        model.de_url = language_url(arena, frame->language_url, LOCALE_DE);
        model.ar_url = language_url(arena, frame->language_url, LOCALE_AR);
    }
    return model;
}

static model_error_kind_t error_kind(view_error_t error, model_wait_t wait) {
    switch (error) {
    case VIEW_ERROR_NONE:
        break;
    case VIEW_ERROR_EMAIL_INVALID:
        return MODEL_ERROR_EMAIL_INVALID;
    case VIEW_ERROR_EMAIL_EMPTY:
        return MODEL_ERROR_EMAIL_EMPTY;
    case VIEW_ERROR_CODE_EMPTY:
        return MODEL_ERROR_CODE_EMPTY;
    case VIEW_ERROR_CODE_WRONG:
        return MODEL_ERROR_CODE_WRONG;
    case VIEW_ERROR_CODE_DEAD:
        return MODEL_ERROR_CODE_DEAD;
    case VIEW_ERROR_CODE_EXPIRED:
        return MODEL_ERROR_CODE_EXPIRED;
    case VIEW_ERROR_LIMITED:
        return wait == MODEL_WAIT_MINUTES ? MODEL_ERROR_LIMITED_MINUTES
                                          : MODEL_ERROR_LIMITED_SECONDS;
    case VIEW_ERROR_NUMBER_WRONG:
        return MODEL_ERROR_NUMBER_WRONG;
    case VIEW_ERROR_NAME_EMPTY:
        return MODEL_ERROR_NAME_EMPTY;
    case VIEW_ERROR_NAME_INVALID:
        return MODEL_ERROR_NAME_INVALID;
    }
    return MODEL_ERROR_NONE;
}

model_error_t views_error(view_error_t error, int tries_left, int64_t retry_after_s) {
    // A limit without a time is over in a moment; "0 seconds" would read as a mistake.
    int64_t wait = 0;
    const model_wait_t unit = views_wait(retry_after_s > 0 ? retry_after_s : 1, &wait);
    return (model_error_t){
        .error = (int)error_kind(error, unit),
        .is_field_error = error == VIEW_ERROR_EMAIL_INVALID || error == VIEW_ERROR_EMAIL_EMPTY ||
                          error == VIEW_ERROR_CODE_EMPTY || error == VIEW_ERROR_CODE_WRONG ||
                          error == VIEW_ERROR_NUMBER_WRONG || error == VIEW_ERROR_NAME_EMPTY ||
                          error == VIEW_ERROR_NAME_INVALID,
        .tries_left = tries_left,
        .wait = wait,
    };
}

const template_t *views_template(const view_frame_t *frame, model_view_t view) {
    return &frame->views->templates[frame->locale][view];
}

result_t views_page(const template_t *compiled, arena_t *arena, const void *const *parts,
                    str_t *out, err_t *err) {
    const str_t page = template_render(compiled, arena, parts);
    if (arena_is_over(arena)) {
        return FAIL(err, INTERNAL, "internal", "a page outgrew the arena of its request");
    }
    *out = page;
    return OK;
}

result_t view_login_page(arena_t *arena, const view_frame_t *frame, const view_login_t *page,
                         str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const model_error_t error = views_error(page->error, 0, page->retry_after_s);
    // Without an address from the provider the page is about the address alone (M6).
    const bool is_email_only = page->note == VIEW_LOGIN_NOTE_NO_EMAIL;
    const model_login_t model = {
        .flow_id = page->flow_id,
        .form_token = page->form_token,
        .email = page->email,
        .is_signup_open = page->is_signup_open && !is_email_only,
        .has_buttons = page->buttons.count > 0 && !is_email_only,
        .buttons = views_buttons(arena, page->buttons),
        .note = (int)page->note,
        .note_name = page->note_name,
    };
    const model_view_t view = page->is_signup ? MODEL_SIGNUP : MODEL_LOGIN;
    return views_page(views_template(frame, view), arena, (const void *[]){&around, &error, &model},
                      out, err);
}

result_t view_code_page(arena_t *arena, const view_frame_t *frame, const view_code_t *page,
                        str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const model_error_t error = views_error(page->error, page->tries_left, page->retry_after_s);
    model_code_t model = {
        .flow_id = page->flow_id,
        .form_token = page->form_token,
        .email = page->email,
        .lifetime_min = page->lifetime_min,
        .was_resent = page->was_resent,
        .is_code_usable = page->is_code_usable,
        .resend_s = page->resend_wait_s,
        .confirm_number = page->confirm_number,
        .asserted_by = page->asserted_by,
    };
    model.resend_unit = (int)views_wait(page->resend_wait_s, &model.resend_wait);
    return views_page(views_template(frame, MODEL_CODE), arena,
                      (const void *[]){&around, &error, &model}, out, err);
}

result_t view_link_page(arena_t *arena, const view_frame_t *frame, const view_link_t *page,
                        str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const model_error_t error = views_error(page->error, page->tries_left, 0);
    const model_link_t model = {
        .kind = (int)page->kind,
        .link_token = page->link_token,
        .form_token = page->form_token,
        .email = page->email,
        .code = views_code_format(arena, page->code),
        .requested_from = page->requested_from,
    };
    return views_page(views_template(frame, MODEL_LINK), arena,
                      (const void *[]){&around, &error, &model}, out, err);
}
