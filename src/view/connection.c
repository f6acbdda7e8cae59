#include "view/views.h"

// Names of the REST API. Providers that are not here are told by their name alone.
static const struct {
    const char *name;
    model_provider_t provider;
} MARKS[] = {
    {"GOOGLE", MODEL_PROVIDER_GOOGLE},
    {"MICROSOFT", MODEL_PROVIDER_MICROSOFT},
    {"MICROSOFT_AD", MODEL_PROVIDER_MICROSOFT},
    {"GITHUB", MODEL_PROVIDER_GITHUB},
    {"GITLAB", MODEL_PROVIDER_GITLAB},
    {"LINKEDIN", MODEL_PROVIDER_LINKEDIN},
    {"APPLE", MODEL_PROVIDER_APPLE},
    {"SALESFORCE", MODEL_PROVIDER_SALESFORCE},
};

static model_provider_t mark_of(str_t provider) {
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        if (str_eq_nocase(provider, str_from_c(MARKS[i].name))) {
            return MARKS[i].provider;
        }
    }
    return MODEL_PROVIDER_OTHER;
}

template_list_t views_buttons(arena_t *arena, view_buttons_t buttons) {
    model_button_t *items = ARENA_ARRAY(arena, model_button_t, buttons.count);
    for (size_t i = 0; i < buttons.count; i++) {
        const view_button_t *button = &buttons.items[i];
        items[i] = (model_button_t){.connection_id = button->connection_id,
                                    .connection = button->name,
                                    .provider = (int)mark_of(button->provider)};
    }
    return (template_list_t){items, buttons.count};
}

result_t view_sso_page(arena_t *arena, const view_frame_t *frame, const view_sso_t *page,
                       str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const str_t either = str_is_empty(page->organization) ? page->connection : page->organization;
    const model_sso_t model = {
        .why = (int)page->why,
        .flow_id = page->flow_id,
        .form_token = page->form_token,
        .organization = either,
        .connection = str_is_empty(page->connection) ? either : page->connection,
        .email = page->email,
    };
    return views_page(views_template(frame, MODEL_SSO), arena, (const void *[]){&around, &model},
                      out, err);
}

result_t view_pick_page(arena_t *arena, const view_frame_t *frame, const view_pick_t *page,
                        str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const model_pick_t model = {
        .flow_id = page->flow_id,
        .form_token = page->form_token,
        .organization = page->organization,
        .email = page->email,
        .buttons = views_buttons(arena, page->buttons),
    };
    return views_page(views_template(frame, MODEL_PICK), arena, (const void *[]){&around, &model},
                      out, err);
}

result_t view_test_page(arena_t *arena, const view_frame_t *frame, const view_test_t *page,
                        str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    model_claim_t *claims = ARENA_ARRAY(arena, model_claim_t, page->claims_count);
    for (size_t i = 0; i < page->claims_count; i++) {
        claims[i] = (model_claim_t){page->claims[i].name, page->claims[i].value};
    }
    const model_test_t model = {
        .connection = page->connection,
        .organization = page->organization,
        .test_id = page->test_id,
        .failure = page->error,
        .failure_text = page->error_text,
        .failure_details = page->error_details,
        .is_success = str_is_empty(page->error),
        .has_claims = page->claims_count > 0,
        .claims = {claims, page->claims_count},
    };
    return views_page(views_template(frame, MODEL_TEST), arena, (const void *[]){&around, &model},
                      out, err);
}
