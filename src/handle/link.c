#include "handle/link.h"

#include "crypto/hash.h"

enum { TOKEN_LEN = 43 };

result_t link_over(call_t *call, const link_t *link, response_t *out) {
    // The flow's address is told to nobody but its own browser.
    store_flow_t shown = link->proof.flow;
    shown.email = shown.email_display = STR_NONE;
    const page_notice_t notice = {
        .kind = VIEW_NOTICE_LINK_OVER, .status = 410, .is_foreign = !link->page.is_own_browser};
    out->log_code = STR("link_over");
    return page_notice(call, shown.is_present ? &shown : NULL, &notice, out);
}

result_t link_open(call_t *call, link_t *link, bool is_try, response_t *out) {
    TRY(page_form(call, &link->page.form));
    TRY(browser_read(call, &link->page.browser));
    link->token = page_field(&link->page.form, STR("token"));
    if (link->token.len == TOKEN_LEN) {
        hash256_t hash;
        TRY(hash_token(secret_from_str(link->token), &hash, &call->err));
        const store_link_in_t in = {.link_hash = hash256_bytes(&hash),
                                    .session_hash = browser_session_bytes(&link->page.browser),
                                    .is_try = is_try};
        TRY(store_link_read(call->store, &in, &link->proof, &call->err));
    }
    const store_flow_t *flow = &link->proof.flow;
    if (!flow->is_present || !flow->challenge.is_present) {
        link->is_answered = true;
        return link_over(call, link, out);
    }
    TRY(challenge_note_open(call, &link->proof, link->token, &link->note));
    link->page.flow = *flow;
    link->page.flow_id = flow->request.id;
    link->page.is_own_browser =
        link->page.browser.has_browser &&
        secret_equal(flow->request.browser_hash, browser_hash_bytes(&link->page.browser));
    return OK;
}

result_t link_show(call_t *call, const link_t *link, const link_form_t *form, response_t *out) {
    const page_t *page = &link->page;
    view_frame_t frame = page_frame(call, &page->flow, &page->form);
    frame.language_url = STR_NONE; // its URL would carry the token
    view_link_t view = {.kind = form->kind,
                        .link_token = link->token,
                        .email = page->flow.challenge.email_display,
                        .requested_from = link->note.requested_from,
                        .error = form->error,
                        .tries_left = form->tries_left};
    if (form->kind == VIEW_LINK_SHOW_CODE) {
        view.code = secret_reveal(link->note.code);
    } else if (form->kind == VIEW_LINK_FINISH) {
        TRY(form_token_make(call, &page->browser, page->flow_id, &view.form_token));
    }
    str_t html;
    TRY(view_link_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, form->status, html);
    out->form_action = login_form_action(call->arena, page->flow.request.redirect_uri);
    return OK;
}
