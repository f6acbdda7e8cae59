#include "view/colour.h"
#include <criterion/criterion.h>

static const colour_t WHITE = {255, 255, 255};
static const colour_t DARK_CARD = {0x18, 0x1a, 0x20};

Test(view_colour, contrast_is_that_of_wcag) {
    cr_assert_float_eq(colour_contrast(WHITE, (colour_t){0, 0, 0}), 21.0, 0.001);
    cr_assert_float_eq(colour_contrast(WHITE, WHITE), 1.0, 0.001);
    // The often quoted grey that just passes.
    cr_assert_float_eq(colour_contrast(WHITE, (colour_t){0x76, 0x76, 0x76}), 4.542, 0.002);
}

Test(view_colour, every_accent_becomes_readable_on_light_and_dark) {
    for (int i = 0; i < 9 * 9 * 9; i++) {
        const colour_t accent = {(uint8_t)(i % 9 * 31), (uint8_t)(i / 9 % 9 * 31),
                                 (uint8_t)(i / 81 * 31)};
        const colour_accents_t accents = colour_accents(accent);
        cr_assert_geq(colour_contrast(accents.light, WHITE), 4.5);
        cr_assert_geq(colour_contrast(accents.dark, WHITE), 4.5);
        cr_assert_geq(colour_contrast(accents.dark, DARK_CARD), 3.0);
        cr_assert_geq(colour_contrast(accents.dark_text, DARK_CARD), 4.5);
    }
}

Test(view_colour, a_readable_accent_stays_as_it_is) {
    const colour_t accent = {0x00, 0x66, 0x44};
    const colour_accents_t accents = colour_accents(accent);
    cr_assert_eq(memcmp(&accents.light, &accent, sizeof accent), 0);
}

Test(view_colour, only_six_digits_behind_a_hash_are_a_colour) {
    colour_t colour = {0};
    cr_assert(colour_parse(STR("#0fA2b9"), &colour));
    cr_assert_eq(colour.red, 0x0f);
    cr_assert_eq(colour.green, 0xa2);
    cr_assert_eq(colour.blue, 0xb9);
    cr_assert_not(colour_parse(STR("#fff"), &colour));
    cr_assert_not(colour_parse(STR("0fa2b91"), &colour));
    cr_assert_not(colour_parse(STR("#0fa2b"), &colour));
    cr_assert_not(colour_parse(STR("#0fa2bg"), &colour));
    cr_assert_not(colour_parse(STR_NONE, &colour));
}
