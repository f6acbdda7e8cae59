// Colours that can be read: corrects the operator's accent to the contrast of WCAG 2.2 1.4.3 and
// 1.4.11. Pure; any thread.
#pragma once
#include "base/arena.h"

typedef struct {
    uint8_t red, green, blue;
} colour_t;

// The three uses of the accent on our two backgrounds.
typedef struct {
    colour_t light;     // links and buttons on the light card; white text on it
    colour_t dark;      // buttons on the dark card; white text on it
    colour_t dark_text; // links on the dark card
} colour_accents_t;

// "#rrggbb" only.
bool colour_parse(str_t text, colour_t *out);
str_t colour_format(arena_t *arena, colour_t colour);

// WCAG 2.2 contrast ratio, 1 to 21.
double colour_contrast(colour_t a, colour_t b);

// The nearest mixtures of `accent` with black or white that are readable: every text on or in them
// has 4.5:1, and a button stands out of the dark card with 3:1.
colour_accents_t colour_accents(colour_t accent);
