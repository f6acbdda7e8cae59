#include "view/views.h"
#include "view/colour.h"

enum {
    VIEWS_ARENA_MAX = 8 * 1024 * 1024,
    CODE_DIGITS = 6,
    WAIT_IN_SECONDS_MAX = 90,
    SECONDS_PER_MINUTE = 60,
};

static const char DEFAULT_ACCENT[] = "#3353d6";

static result_t messages_load(arena_t *arena, const sources_t *sources, messages_t *out,
                              err_t *err) {
    for (int i = 0; i < VIEW_LOCALE_COUNT; i++) {
        const view_locale_t locale = (view_locale_t)i;
        const str_t name =
            arena_format(arena, "messages/%.*s.txt", STR_ARG(view_locale_tag(locale)));
        const source_t *source = sources_use(sources, name);
        if (!source) {
            return FAIL(err, INTERNAL, "internal", "%s is not embedded", name.ptr);
        }
        TRY(messages_parse(arena, locale, source, &out[i], err));
    }
    return OK;
}

static result_t views_load_templates(views_t *views, const sources_t *sources, err_t *err) {
    messages_t messages[VIEW_LOCALE_COUNT];
    TRY(messages_load(views->arena, sources, messages, err));
    for (int locale = 0; locale < VIEW_LOCALE_COUNT; locale++) {
        const template_world_t world = {views->arena, sources, &messages[locale]};
        for (int i = 0; i < MODEL_VIEW_COUNT; i++) {
            if (model_views[i].is_english && locale != LOCALE_EN) {
                continue;
            }
            TRY(template_compile(&world, &model_views[i], &views->templates[locale][i], err));
        }
        TRY(messages_check_used(&messages[locale], err));
    }
    return OK;
}

static result_t views_load_assets(views_t *views, const sources_t *sources, str_t accent,
                                  err_t *err) {
    colour_t colour;
    if (!colour_parse(str_is_empty(accent) ? str_from_c(DEFAULT_ACCENT) : accent, &colour)) {
        return FAIL(err, BAD_REQUEST, "accent_invalid", "the accent is not #rrggbb");
    }
    const colour_accents_t accents = colour_accents(colour);
    const model_style_t style = {
        .accent_light = colour_format(views->arena, accents.light),
        .accent_dark = colour_format(views->arena, accents.dark),
        .accent_dark_text = colour_format(views->arena, accents.dark_text),
    };
    const template_world_t world = {views->arena, sources, NULL};
    for (int i = 0; i < MODEL_ASSET_COUNT; i++) {
        template_t compiled;
        TRY(template_compile(&world, &model_assets[i], &compiled, err));
        const str_t text = template_render(&compiled, views->arena, (const void *[]){&style});
        const str_t name = str_from_c(model_assets[i].root + strlen("assets/"));
        TRY(asset_make(views->arena, name, text, &views->assets[i], err));
    }
    return OK;
}

static result_t views_fill(views_t *views, const settings_t *settings, err_t *err) {
    sources_t sources;
    TRY(sources_load(views->arena, settings->templates, &sources, err));
    TRY(views_load_templates(views, &sources, err));
    TRY(views_load_assets(views, &sources, settings->accent, err));
    TRY(sources_check_used(&sources, err));
    if (!view_locale_from_tag(settings->default_locale, &views->default_locale)) {
        views->default_locale = LOCALE_EN;
    }
    views->product_name = arena_dup(views->arena, settings->product_name);
    views->support_contact = arena_dup(views->arena, settings->support_contact);
    views->privacy_url = arena_dup(views->arena, settings->privacy_url);
    views->terms_url = arena_dup(views->arena, settings->terms_url);
    views->help_url = arena_dup(views->arena, settings->help_url);
    views->is_code_in_subject = settings->is_code_in_subject;
    return OK;
}

result_t views_load(const settings_t *settings, views_t **out, err_t *err) {
    arena_t *arena = arena_new(VIEWS_ARENA_MAX);
    views_t *views = ARENA_NEW(arena, views_t);
    views->arena = arena;
    const result_t result = views_fill(views, settings, err);
    if (result != OK) {
        arena_free(&arena);
        return result;
    }
    *out = views;
    return OK;
}

void views_free(views_t **views) {
    if (*views) {
        arena_t *arena = (*views)->arena;
        *views = NULL;
        arena_free(&arena);
    }
}

bool view_asset(const views_t *views, str_t path, view_asset_t *out) {
    if (str_eq(path, STR("/favicon.ico"))) {
        *out = views->assets[MODEL_ASSET_ICON].content;
        out->is_current = false;
        return true;
    }
    for (int i = 0; i < MODEL_ASSET_COUNT; i++) {
        if (asset_has_name(&views->assets[i], path)) {
            *out = views->assets[i].content;
            out->is_current = str_eq(path, views->assets[i].path);
            return true;
        }
    }
    return false;
}

str_t views_direction(view_locale_t locale) {
    return locale == LOCALE_AR ? STR("rtl") : STR("ltr");
}

str_t views_code_format(arena_t *arena, str_t code) {
    if (code.len != CODE_DIGITS) {
        return code;
    }
    const size_t half = CODE_DIGITS / 2;
    return arena_format(arena, "%.*s %.*s", STR_ARG(str_sub(code, 0, half)),
                        STR_ARG(str_sub(code, half, code.len)));
}

model_wait_t views_wait(int64_t wait_s, int64_t *out_count) {
    if (wait_s < WAIT_IN_SECONDS_MAX) {
        *out_count = wait_s > 0 ? wait_s : 0;
        return wait_s > 0 ? MODEL_WAIT_SECONDS : MODEL_WAIT_NONE;
    }
    *out_count = wait_s / SECONDS_PER_MINUTE + (wait_s % SECONDS_PER_MINUTE != 0);
    return MODEL_WAIT_MINUTES;
}
