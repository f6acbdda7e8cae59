// The inside of views_t, shared by the files that fill models. Immutable after views_load.
#pragma once
#include "view/asset.h"
#include "view/model.h"

struct views {
    arena_t *arena; // owns everything below
    template_t templates[VIEW_LOCALE_COUNT][MODEL_VIEW_COUNT];
    asset_t assets[MODEL_ASSET_COUNT];
    view_locale_t default_locale;
    str_t product_name, support_contact;
    str_t privacy_url, terms_url, help_url;
    bool is_code_in_subject;
};

// "rtl" or "ltr".
str_t views_direction(view_locale_t locale);

// Six digits as "123 456", two groups that people read out; anything else as it is.
str_t views_code_format(arena_t *arena, str_t code);

// How long to wait, in seconds below 90 and in whole minutes, rounded up, from there.
model_wait_t views_wait(int64_t wait_s, int64_t *out_count);
