#include "view/colour.h"

static const double CONTRAST_TEXT = 4.5; // WCAG 2.2 1.4.3
static const double CONTRAST_PART = 3.0; // WCAG 2.2 1.4.11
// As in assets/page.css: the darkest backdrop of the light theme that text stands on, and the card
// of the dark theme.
static const colour_t LIGHT_BACKDROP = {0xf6, 0xf7, 0xf9};
static const colour_t DARK_CARD = {0x18, 0x1a, 0x20};
static const colour_t BLACK = {0, 0, 0};
static const colour_t WHITE = {255, 255, 255};

enum { MIX_STEPS = 256, ROOT_STEPS = 24 };

bool colour_parse(str_t text, colour_t *out) {
    uint8_t octets[3] = {0};
    if (text.len != 7 || text.ptr[0] != '#') {
        return false;
    }
    for (size_t i = 1; i < text.len; i++) {
        const char c = text.ptr[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        digit = c >= 'A' && c <= 'F' ? c - 'A' + 10 : digit;
        if (digit < 0) {
            return false;
        }
        octets[(i - 1) / 2] = (uint8_t)(octets[(i - 1) / 2] * 16 + digit);
    }
    *out = (colour_t){octets[0], octets[1], octets[2]};
    return true;
}

str_t colour_format(arena_t *arena, colour_t colour) {
    return arena_format(arena, "#%02x%02x%02x", colour.red, colour.green, colour.blue);
}

// x^2.4 for 0 < x <= 1, as x^2 times the fifth root of x^2 (by Newton): all that we would need of
// libm.
static double power_2_4(double x) {
    const double square = x * x;
    double root = 1.0;
    for (int i = 0; i < ROOT_STEPS; i++) {
        const double fourth = root * root * root * root;
        root = (4.0 * root + square / fourth) / 5.0;
    }
    return square * root;
}

// sRGB to linear, as WCAG 2.2 defines relative luminance.
static double channel_linear(uint8_t channel) {
    const double value = channel / 255.0;
    return value <= 0.04045 ? value / 12.92 : power_2_4((value + 0.055) / 1.055);
}

static double luminance(colour_t colour) {
    return 0.2126 * channel_linear(colour.red) + 0.7152 * channel_linear(colour.green) +
           0.0722 * channel_linear(colour.blue);
}

double colour_contrast(colour_t a, colour_t b) {
    const double first = luminance(a) + 0.05;
    const double second = luminance(b) + 0.05;
    return first > second ? first / second : second / first;
}

static uint8_t channel_mix(uint8_t from, uint8_t to, int step) {
    return (uint8_t)(from + (to - from) * step / MIX_STEPS);
}

static colour_t colour_mix(colour_t from, colour_t to, int step) {
    return (colour_t){channel_mix(from.red, to.red, step), channel_mix(from.green, to.green, step),
                      channel_mix(from.blue, to.blue, step)};
}

// As little of `to` as gives the contrast with `against`; `to` itself always does.
static colour_t colour_toward(colour_t from, colour_t to, colour_t against, double contrast) {
    int step = 0;
    while (step < MIX_STEPS && colour_contrast(colour_mix(from, to, step), against) < contrast) {
        step++;
    }
    return colour_mix(from, to, step);
}

colour_accents_t colour_accents(colour_t accent) {
    // Dark first against white text, then light enough for the dark card: the two leave a window
    // of luminance between 0.13 and 0.18, so the second step cannot undo the first.
    const colour_t under_white = colour_toward(accent, BLACK, WHITE, CONTRAST_TEXT);
    return (colour_accents_t){
        .light = colour_toward(accent, BLACK, LIGHT_BACKDROP, CONTRAST_TEXT),
        .dark = colour_toward(under_white, WHITE, DARK_CARD, CONTRAST_PART),
        .dark_text = colour_toward(accent, WHITE, DARK_CARD, CONTRAST_TEXT),
    };
}
