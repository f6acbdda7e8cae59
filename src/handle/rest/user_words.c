// What a body says about a user.
#include "handle/rest/user.h"

enum {
    NAME_MAX = 255,
    FULL_NAME_MAX = 512,
    USERNAME_MAX = 512,
    PICTURE_MAX = 2048,
    LOCALE_MAX = 35, // RFC 5646 4.4.1
    PHONE_MAX = 32,
    GENDER_MAX = 64,
    GROUPS_MAX = 50,
    GROUP_MAX = 250,
};

static rest_map_t map_rule(bool is_change) {
    return (rest_map_t){
        // A change may name as many to remove as there are.
        .pairs_max = is_change ? 2 * STORE_PAIRS_MAX : STORE_PAIRS_MAX,
        .key_min = 3,
        .key_max = 25,
        .value_min = 1,
        .value_max = 256,
        .may_remove = is_change,
    };
}

static bool given_read(const rest_object_t *in, const char *name, size_t max, store_given_t *out) {
    out->is_given = rest_text(in, name, (rest_length_t){.max = max}, &out->value);
    return out->is_given;
}

static void wrong(const rest_object_t *in, const char *name, const char *why) {
    rest_problem(in->rest, arena_format(in->rest->call->arena, "%.*s.%s", STR_ARG(in->path), name),
                 "pattern", why);
}

// Applications show it: nothing but the address of an image, and never a script's.
static bool is_picture(str_t url) {
    for (size_t i = 0; i < url.len; i++) {
        const unsigned char c = (unsigned char)url.ptr[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c)) {
            return false;
        }
    }
    return url.len == 0 || str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

static bool is_locale(str_t locale) {
    for (size_t i = 0; i < locale.len; i++) {
        const char c = locale.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(i > 0 && ((c >= '0' && c <= '9') || c == '-'))) {
            return false;
        }
    }
    return true;
}

// Members of the profile that have no column of their own, as one object.
static void column_read(const rest_object_t *in, str_t *out) {
    static const struct {
        const char *name;
        size_t max;
    } TEXTS[] = {
        {"phone_number", PHONE_MAX}, {"preferred_username", USERNAME_MAX}, {"gender", GENDER_MAX}};
    rest_t *rest = in->rest;
    SCOPED(json_t) column = json_object();
    str_t text;
    flow_list_t groups;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        if (rest_text(in, TEXTS[i].name, (rest_length_t){.max = TEXTS[i].max}, &text)) {
            rest_add_text(rest, column, TEXTS[i].name, text);
        }
    }
    if (rest_texts(in, "groups", (rest_length_t){.max = GROUPS_MAX}, GROUP_MAX, &groups)) {
        rest_add_texts(rest, column, "groups", groups);
    }
    if (json_object_size(column) &&
        json_text(rest->call->arena, column, out, &rest->call->err) != OK) {
        rest->is_broken = true;
    }
}

static void profile_read(const rest_object_t *in, bool is_change, store_user_words_t *out) {
    const rest_map_t rule = map_rule(is_change);
    // The deprecated names count where the others are not given.
    if (!given_read(in, "given_name", NAME_MAX, &out->given_name)) {
        (void)!given_read(in, "first_name", NAME_MAX, &out->given_name);
    }
    if (!given_read(in, "family_name", NAME_MAX, &out->family_name)) {
        (void)!given_read(in, "last_name", NAME_MAX, &out->family_name);
    }
    (void)!given_read(in, "name", FULL_NAME_MAX, &out->name);
    if (given_read(in, "picture", PICTURE_MAX, &out->picture) && !is_picture(out->picture.value)) {
        wrong(in, "picture", "must be an http or https URL");
    }
    if (given_read(in, "locale", LOCALE_MAX, &out->locale) && !is_locale(out->locale.value)) {
        wrong(in, "locale", "must be a language tag such as en or de-AT");
    }
    column_read(in, &out->profile);
    (void)!rest_map(in, "metadata", &rule, &out->profile_metadata);
    (void)!rest_map(in, "custom_attributes", &rule, &out->profile_customs);
}

void user_words_read(const rest_object_t *user, bool is_change, store_user_words_t *out) {
    const rest_length_t external_id = {.min = is_change ? 0 : 1, .max = USER_EXTERNAL_ID_MAX};
    const rest_map_t rule = map_rule(is_change);
    rest_object_t profile;
    *out = (store_user_words_t){0};
    out->external_id.is_given =
        rest_text(user, "external_id", external_id, &out->external_id.value);
    (void)!rest_map(user, "metadata", &rule, &out->metadata);
    if (rest_object(user, "user_profile", false, &profile)) {
        profile_read(&profile, is_change, out);
    }
}

// ---- maps, merged -------------------------------------------------------------------------------

void user_map_check(rest_t *rest, const char *field, str_t old, str_t change) {
    SCOPED(json_t) both = json_object();
    const char *key;
    json_t *value;
    if (change.len == 0) {
        return;
    }
    rest_add_json(rest, both, "old", old);
    rest_add_json(rest, both, "change", change);
    json_t *merged = json_object_get(both, "old");
    json_object_foreach(json_object_get(both, "change"), key, value) {
        if (json_is_null(value)) {
            (void)json_object_del(merged, key);
        } else if (json_object_set(merged, key, value) != 0) {
            rest->is_broken = true;
        }
    }
    if (json_object_size(merged) > STORE_PAIRS_MAX) {
        rest_problem(rest, str_from_c(field), "count",
                     arena_format(rest->call->arena, "must not have more than %d pairs in the end",
                                  STORE_PAIRS_MAX)
                         .ptr);
    }
}

// A map of the column `profile`, as text.
static str_t profile_map(rest_t *rest, str_t profile, const char *name) {
    SCOPED(json_t) parsed = json_object();
    str_t text = STR("{}");
    rest_add_json(rest, parsed, "profile", profile);
    const json_t *map = json_object_get(json_object_get(parsed, "profile"), name);
    if (map && json_text(rest->call->arena, map, &text, &rest->call->err) != OK) {
        rest->is_broken = true;
    }
    return text;
}

void user_words_check(rest_t *rest, const store_user_t *user, const store_user_words_t *words) {
    user_map_check(rest, "metadata", user->metadata, words->metadata);
    user_map_check(rest, "user_profile.metadata", profile_map(rest, user->profile, "metadata"),
                   words->profile_metadata);
    user_map_check(rest, "user_profile.custom_attributes",
                   profile_map(rest, user->profile, "custom_attributes"), words->profile_customs);
}
