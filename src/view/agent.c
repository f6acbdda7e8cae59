// A User-Agent header in words. Only names from these tables come out, never the header's text.
#include "view/views.h"

enum { AGENT_MAX = 512 };

typedef struct {
    const char *token; // in the header
    const char *name;  // for people
} agent_name_t;

// The first that is found counts: most browsers also carry the names of those they descend from.
static const agent_name_t BROWSERS[] = {
    {"Edg/", "Microsoft Edge"},    {"EdgA/", "Microsoft Edge"},
    {"EdgiOS/", "Microsoft Edge"}, {"OPR/", "Opera"},
    {"Vivaldi/", "Vivaldi"},       {"SamsungBrowser/", "Samsung Internet"},
    {"DuckDuckGo/", "DuckDuckGo"}, {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},         {"Chromium/", "Chromium"},
    {"CriOS/", "Chrome"},          {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},
};

static const agent_name_t SYSTEMS[] = {
    {"iPhone", "iPhone"},   {"iPad", "iPad"},     {"Android", "Android"}, {"Windows", "Windows"},
    {"Macintosh", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
};

static bool text_holds(str_t text, str_t wanted) {
    for (size_t i = 0; i + wanted.len <= text.len; i++) {
        if (str_starts(str_sub(text, i, text.len), wanted)) {
            return true;
        }
    }
    return false;
}

static str_t name_find(str_t agent, const agent_name_t *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (text_holds(agent, str_from_c(names[i].token))) {
            return str_from_c(names[i].name);
        }
    }
    return STR("");
}

view_agent_t view_user_agent_parts(str_t user_agent) {
    const str_t agent = str_sub(user_agent, 0, AGENT_MAX);
    return (view_agent_t){
        .browser = name_find(agent, BROWSERS, sizeof BROWSERS / sizeof *BROWSERS),
        .system = name_find(agent, SYSTEMS, sizeof SYSTEMS / sizeof *SYSTEMS),
    };
}

str_t view_user_agent_words(const views_t *views, arena_t *arena, view_locale_t locale,
                            str_t user_agent) {
    const view_agent_t parts = view_user_agent_parts(user_agent);
    model_agent_t model = {.browser = parts.browser, .system = parts.system};
    model.has_both = !str_is_empty(model.browser) && !str_is_empty(model.system);
    return template_render(&views->templates[locale][MODEL_AGENT], arena, (const void *[]){&model});
}
