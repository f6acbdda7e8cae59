#include "view/views.h"

static bool choice_find(const char *const *names, int count, str_t name, int *out) {
    for (int i = 0; i < count; i++) {
        if (str_eq(name, str_from_c(names[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool view_scenario_from_name(str_t name, view_scenario_t *out) {
    int found;
    if (!choice_find(model_scenarios, VIEW_SCENARIO_COUNT, name, &found)) {
        return false;
    }
    *out = (view_scenario_t)found;
    return true;
}

bool view_fault_from_name(str_t name, view_fault_t *out) {
    int found;
    if (!choice_find(model_faults, VIEW_FAULT_COUNT, name, &found)) {
        return false;
    }
    *out = (view_fault_t)found;
    return true;
}

static template_list_t domains_of(arena_t *arena, const view_simulator_t *page) {
    model_domain_t *items = ARENA_ARRAY(arena, model_domain_t, page->domains_count);
    for (size_t i = 0; i < page->domains_count; i++) {
        items[i] = (model_domain_t){page->domains[i], str_eq(page->domains[i], page->email_domain)};
    }
    return (template_list_t){items, page->domains_count};
}

// A value never holds a line break (escape.h), so text of several lines is a list.
static template_list_t lines_of(arena_t *arena, str_t text) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '\n';
    }
    model_line_t *items = ARENA_ARRAY(arena, model_line_t, count + 1);
    template_list_t lines = {items, 0};
    while (!str_is_empty(text)) {
        const size_t end = str_find(text, '\n');
        items[lines.count++].line = str_trim(str_sub(text, 0, end));
        text = str_sub(text, end + 1, text.len);
    }
    return lines;
}

result_t view_simulator_page(arena_t *arena, const views_t *views, const view_simulator_t *page,
                             str_t *out, err_t *err) {
    const view_frame_t frame = {.views = views, .locale = LOCALE_EN};
    const model_simulator_t model = {
        .css_url = views->assets[MODEL_ASSET_CSS].path,
        .simulator_css_url = views->assets[MODEL_ASSET_SIMULATOR_CSS].path,
        .script_url = views->assets[MODEL_ASSET_SCRIPT].path,
        .icon_url = views->assets[MODEL_ASSET_ICON].path,
        .request = page->request,
        .application = page->application,
        .client_id = page->client_id,
        .redirect_uri = page->redirect_uri,
        .login_hint = page->login_hint,
        .email_local = page->email_local,
        .given_name = page->given_name,
        .family_name = page->family_name,
        .domains = domains_of(arena, page),
        .lines = lines_of(arena, page->claims),
        .scenario = (int)page->scenario,
        .fault = (int)page->fault,
        .error = (int)page->error,
    };
    return views_page(views_template(&frame, MODEL_SIMULATOR), arena, (const void *[]){&model}, out,
                      err);
}

result_t view_simulator_post(arena_t *arena, const views_t *views,
                             const view_simulator_post_t *page, str_t *out, err_t *err) {
    const view_frame_t frame = {.views = views, .locale = LOCALE_EN};
    const model_simulator_post_t model = {
        .css_url = views->assets[MODEL_ASSET_CSS].path,
        .simulator_css_url = views->assets[MODEL_ASSET_SIMULATOR_CSS].path,
        .redirect_uri = page->redirect_uri,
        .code = page->code,
        .error = page->error,
        .error_description = page->error_description,
        .state = page->state,
        .iss = page->iss,
    };
    return views_page(views_template(&frame, MODEL_SIMULATOR_POST), arena, (const void *[]){&model},
                      out, err);
}
