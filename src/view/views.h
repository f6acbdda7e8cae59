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

// ---- what the pages share -----------------------------------------------------------------------

model_frame_t views_frame(arena_t *arena, const view_frame_t *frame);

model_error_t views_error(view_error_t error, int tries_left, int64_t retry_after_s);

// Connections as items of a list, each with its provider's mark.
template_list_t views_buttons(arena_t *arena, view_buttons_t buttons);

// The view in the frame's language.
const template_t *views_template(const view_frame_t *frame, model_view_t view);

// INTERNAL if the page outgrew its arena: the arena's owner refuses work that took too much of it,
// and a page that is cut would be worse.
MUST_USE result_t views_page(const template_t *compiled, arena_t *arena, const void *const *parts,
                             str_t *out, err_t *err);
