#include "base/domain_rules.h"
#include <unictype.h>
#include <unistr.h>

bool domain_next_label(str_t *rest, str_t *out_label) {
    if (!rest->ptr) {
        return false;
    }
    const size_t dot = str_find(*rest, '.');
    *out_label = str_sub(*rest, 0, dot);
    *rest = dot < rest->len ? str_sub(*rest, dot + 1, rest->len) : STR_NONE;
    return true;
}

bool domain_label_is_number(str_t label) {
    const bool is_hex = str_starts(label, STR("0x"));
    for (size_t i = is_hex ? 2 : 0; i < label.len; i++) {
        const char c = label.ptr[i];
        if ((c < '0' || c > '9') && (!is_hex || c < 'a' || c > 'f')) {
            return false;
        }
    }
    return true;
}

bool domain_label_is_ldh(str_t label) {
    if (label.len == 0 || label.len > DOMAIN_LABEL_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        const char c = label.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
            return false;
        }
    }
    return !str_starts(str_sub(label, 2, label.len), STR("--")) || str_starts(label, STR("xn--"));
}

static ucs4_t next_char(str_t *rest) {
    ucs4_t c;
    const int len = u8_mbtouc(&c, (const uint8_t *)rest->ptr, rest->len);
    *rest = str_sub(*rest, (size_t)len, rest->len);
    return c;
}

// RFC 5893 as sets of bidi classes.
#define CLASS(name) (1U << UC_BIDI_##name)

enum {
    RIGHT = CLASS(R) | CLASS(AL),
    NEUTRAL = CLASS(ES) | CLASS(CS) | CLASS(ET) | CLASS(ON) | CLASS(BN) | CLASS(NSM),
    RTL_ALLOWED = RIGHT | CLASS(AN) | CLASS(EN) | NEUTRAL, // rule 2
    RTL_LAST = RIGHT | CLASS(EN) | CLASS(AN),              // rule 3
    LTR_ALLOWED = CLASS(L) | CLASS(EN) | NEUTRAL,          // rule 5
    LTR_LAST = CLASS(L) | CLASS(EN),                       // rule 6
    MAKES_BIDI = RIGHT | CLASS(AN),                        // section 1.4: an RTL label
};

typedef struct {
    unsigned first;
    unsigned last; // NSM left out
    unsigned all;
} bidi_classes_t;

static bidi_classes_t bidi_classes(str_t label) {
    bidi_classes_t classes = {0};
    while (label.len) {
        const unsigned class = 1U << uc_bidi_category(next_char(&label));
        classes.first = classes.first ? classes.first : class;
        classes.last = class == CLASS(NSM) ? classes.last : class;
        classes.all |= class;
    }
    return classes;
}

static bool is_bidi_label(str_t label) {
    const bidi_classes_t classes = bidi_classes(label);
    if (classes.first & RIGHT) {
        const unsigned digits = CLASS(EN) | CLASS(AN); // rule 4: not both
        return !(classes.all & ~(unsigned)RTL_ALLOWED) && (classes.last & RTL_LAST) &&
               (classes.all & digits) != digits;
    }
    return (classes.first & CLASS(L)) && !(classes.all & ~(unsigned)LTR_ALLOWED) &&
           (classes.last & LTR_LAST);
}

bool domain_bidi_is_valid(str_t name) {
    bool is_bidi_name = false;
    bool is_valid = true;
    str_t label;
    while (domain_next_label(&name, &label)) {
        is_bidi_name = is_bidi_name || (bidi_classes(label).all & MAKES_BIDI);
        is_valid = is_valid && is_bidi_label(label);
    }
    return is_valid || !is_bidi_name;
}

// The scripts that UTS #39 lets stand together; every other script stands alone.
enum {
    LATIN = 1,
    HAN = 2,
    HIRAGANA = 4,
    KATAKANA = 8,
    BOPOMOFO = 16,
    HANGUL = 32,
    JAPANESE = LATIN | HAN | HIRAGANA | KATAKANA,
    CHINESE = LATIN | HAN | BOPOMOFO,
    KOREAN = LATIN | HAN | HANGUL,
};

static const struct {
    const char *name;
    unsigned bit;
} TOGETHER[] = {{"Latin", LATIN},       {"Han", HAN},           {"Hiragana", HIRAGANA},
                {"Katakana", KATAKANA}, {"Bopomofo", BOPOMOFO}, {"Hangul", HANGUL}};

static unsigned script_bit(const uc_script_t *script) {
    for (size_t i = 0; i < sizeof TOGETHER / sizeof *TOGETHER; i++) {
        if (strcmp(script->name, TOGETHER[i].name) == 0) {
            return TOGETHER[i].bit;
        }
    }
    return 0;
}

static bool is_in_any_script(const uc_script_t *script) {
    return !script || strcmp(script->name, "Common") == 0 || strcmp(script->name, "Inherited") == 0;
}

static bool mixes_scripts(str_t label) {
    const uc_script_t *alone = NULL;
    unsigned together = 0;
    while (label.len) {
        const uc_script_t *script = uc_script(next_char(&label));
        if (is_in_any_script(script)) {
            continue;
        }
        const unsigned bit = script_bit(script);
        together |= bit;
        if (!bit && alone && alone != script) {
            return true;
        }
        alone = bit ? alone : script;
    }
    if (alone) {
        return together != 0;
    }
    return (together & ~(unsigned)JAPANESE) && (together & ~(unsigned)CHINESE) &&
           (together & ~(unsigned)KOREAN);
}

// Cyrillic and Greek small letters that most fonts draw as Latin ones.
static const ucs4_t LOOK_ALIKES[] = {
    0x3B1, 0x3B9, 0x3BA, 0x3BD, 0x3BF, 0x3C1, 0x3C5, 0x3C7, 0x430, 0x435, 0x43E, 0x440,
    0x441, 0x443, 0x445, 0x455, 0x456, 0x458, 0x475, 0x4BB, 0x4CF, 0x501, 0x51B, 0x51D,
};

static bool is_look_alike(ucs4_t c) {
    for (size_t i = 0; i < sizeof LOOK_ALIKES / sizeof *LOOK_ALIKES; i++) {
        if (LOOK_ALIKES[i] == c) {
            return true;
        }
    }
    return false;
}

static bool looks_like_latin(str_t label) {
    bool has_look_alike = false;
    while (label.len) {
        const ucs4_t c = next_char(&label);
        if (c >= 0x80 && !is_look_alike(c)) {
            return false;
        }
        has_look_alike = has_look_alike || c >= 0x80;
    }
    return has_look_alike;
}

bool domain_label_may_deceive(str_t label) {
    return mixes_scripts(label) || looks_like_latin(label);
}
