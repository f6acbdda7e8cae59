#include "protocol/oidc/identity.h"
#include "base/domain.h"
#include "protocol/oidc/id_token.h"
#include "protocol/oidc/microsoft.h"
#include "protocol/oidc/object.h"
#include "protocol/oidc/text.h"

enum { NAME_MAX_LEN = 255, LOCALE_MAX = 35, CUSTOM_VALUE_MAX = 256 };

typedef struct {
    arena_t *arena;
    const oidc_identity_source_t *source;
    oidc_identity_t *out;
} reading_t;

// ---- claims -------------------------------------------------------------------------------------

// Our attributes of which each has a place of its own in oidc_identity_t.
static const char *const OURS[] = {"email",   "name",   "given_name", "family_name",
                                   "picture", "locale", "groups"};

static bool is_ours(str_t name) {
    for (size_t i = 0; i < sizeof(OURS) / sizeof(OURS[0]); i++) {
        if (str_eq(name, str_from_c(OURS[i]))) {
            return true;
        }
    }
    return false;
}

// The provider's name of our attribute, without a mapping the same one.
static const char *claim_name(const reading_t *reading, const char *ours) {
    const oidc_pairs_t *mapping = &reading->source->relying->mapping;
    for (size_t i = 0; i < mapping->count; i++) {
        if (str_eq(mapping->items[i].name, str_from_c(ours)) && mapping->items[i].value.len) {
            return arena_c(reading->arena, mapping->items[i].value);
        }
    }
    return ours;
}

// The object that has the claim: the ID token's before userinfo's; NULL if neither has.
static const json_t *holder_of(const reading_t *reading, const char *claim) {
    const json_t *first = json_object_get(reading->source->claims, claim);
    if (first && !json_is_null(first)) {
        return reading->source->claims;
    }
    return json_object_get(reading->source->userinfo, claim) ? reading->source->userinfo : NULL;
}

static const json_t *value_of(const reading_t *reading, const char *ours) {
    const char *claim = claim_name(reading, ours);
    return json_object_get(holder_of(reading, claim), claim);
}

static str_t text_of(const json_t *value) {
    const str_t text = {json_string_value(value), json_string_length(value)};
    return json_is_string(value) && !memchr(text.ptr, '\0', text.len) ? text : STR("");
}

static str_t name_read(const reading_t *reading, const char *ours) {
    return oidc_text_clean(reading->arena, str_trim(text_of(value_of(reading, ours))),
                           NAME_MAX_LEN);
}

// ---- the address --------------------------------------------------------------------------------

// developers.google.com, "OpenID Connect": Google answers for gmail.com and for the domains of its
// Workspace customers (`hd`); of any other address it only once saw a mail arrive.
static bool is_google_verified(const reading_t *reading, const json_t *holder) {
    const str_t domain = reading->out->email.domain;
    str_t hosted;
    str_t normal;
    if (!json_is_true(json_object_get(holder, "email_verified"))) {
        return false;
    }
    return str_eq(domain, STR("gmail.com")) ||
           (json_get_str(holder, "hd", &hosted) &&
            domain_normalise(reading->arena, hosted, &normal, NULL) == OK &&
            str_eq(domain, normal));
}

// flow.md 4.3. `holder` is the object that asserts the address, so that what is said of one address
// is never taken for another's.
static bool is_verified(const reading_t *reading, const json_t *holder) {
    const oidc_relying_t *relying = reading->source->relying;
    const oidc_preset_t preset = relying->preset;
    if (!relying->is_social) {
        return false; // P-LINK-15: an organization's provider proves its own domains (flow.md 4.1)
    }
    if (preset == OIDC_PRESET_GOOGLE) {
        return is_google_verified(reading, holder);
    }
    if (preset == OIDC_PRESET_MICROSOFT || preset == OIDC_PRESET_MICROSOFT_AD) {
        return oidc_microsoft_is_verified(holder);
    }
    // Only boolean true (P-RP-16): Apple, which writes "true" as well, is no exception.
    const bool is_true = json_is_true(json_object_get(holder, "email_verified"));
    return is_true && (preset == OIDC_PRESET_GITHUB || relying->is_email_trusted);
}

static void email_read(const reading_t *reading) {
    oidc_identity_t *out = reading->out;
    const char *claim = claim_name(reading, "email");
    const json_t *holder = holder_of(reading, claim);
    email_t email;
    if (email_parse(reading->arena, text_of(json_object_get(holder, claim)), &email, NULL) != OK) {
        return;
    }
    out->email = email;
    out->is_email_present = true;
    // What providers say about `email` says nothing about an address in another claim.
    out->is_email_verified = strcmp(claim, "email") == 0 && is_verified(reading, holder);
}

// ---- the profile --------------------------------------------------------------------------------

static str_t picture_read(const reading_t *reading) {
    const str_t url = text_of(value_of(reading, "picture"));
    return oidc_url_is_good(url, false) ? arena_dup(reading->arena, url) : STR("");
}

// A language tag (RFC 5646 2.1), with the '_' that some write instead.
static str_t locale_read(const reading_t *reading) {
    const str_t text = text_of(value_of(reading, "locale"));
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
            return STR("");
        }
    }
    return text.len <= LOCALE_MAX ? arena_dup(reading->arena, text) : STR("");
}

static void group_add(const reading_t *reading, const json_t *value, str_t *groups) {
    const str_t text = text_of(value);
    oidc_list_t *list = &reading->out->groups;
    if (text.len && text.len <= NAME_MAX_LEN && !str_has_control(text) &&
        list->count < OIDC_GROUPS_MAX) {
        groups[list->count++] = arena_dup(reading->arena, text);
    }
}

static void groups_read(const reading_t *reading) {
    str_t *groups = ARENA_ARRAY(reading->arena, str_t, OIDC_GROUPS_MAX);
    const json_t *value = value_of(reading, "groups");
    size_t i;
    const json_t *item;
    reading->out->groups.items = groups;
    if (json_is_string(value)) {
        group_add(reading, value, groups);
    }
    json_array_foreach(value, i, item) {
        group_add(reading, item, groups);
    }
}

// ---- the attributes of the customer's own -------------------------------------------------------

// A text as it is, anything else as JSON; empty if it is absent or too long.
static result_t custom_text(const reading_t *reading, const json_t *value, str_t *out, err_t *err) {
    str_t text = text_of(value);
    if (value && !json_is_null(value) && !json_is_string(value)) {
        TRY(json_text(reading->arena, value, &text, err));
    }
    *out = text.len <= CUSTOM_VALUE_MAX ? text : STR("");
    return OK;
}

static result_t custom_read(const reading_t *reading, oidc_object_t *object, err_t *err) {
    const oidc_pairs_t *mapping = &reading->source->relying->mapping;
    size_t count = 0;
    for (size_t i = 0; i < mapping->count && count < OIDC_CUSTOM_MAX; i++) {
        const oidc_pair_t *pair = &mapping->items[i];
        if (str_is_empty(pair->name) || is_ours(pair->name)) {
            continue;
        }
        const char *name = arena_c(reading->arena, pair->name);
        str_t text;
        TRY(custom_text(reading, value_of(reading, name), &text, err));
        oidc_object_text(object, name, text);
        count += text.len > 0;
    }
    return OK;
}

static result_t custom_write(const reading_t *reading, err_t *err) {
    oidc_object_t object = oidc_object_new();
    str_t text = STR("");
    const result_t result = custom_read(reading, &object, err);
    TRY(oidc_object_write(&object, reading->arena, &text, err));
    TRY(result);
    reading->out->custom = text;
    return OK;
}

// ---- the person ---------------------------------------------------------------------------------

static result_t subject_read(const reading_t *reading, err_t *err) {
    const json_t *claims = reading->source->claims;
    str_t subject;
    str_t tenant;
    if (!oidc_subject_read(claims, &subject)) {
        return FAIL(err, REFUSED, "subject_invalid", "there is no subject that could be used");
    }
    if (!oidc_microsoft_is_template(reading->source->relying)) {
        reading->out->subject = arena_dup(reading->arena, subject);
        return OK;
    }
    if (!json_get_str(claims, "tid", &tenant) || str_is_empty(tenant)) {
        return FAIL(err, REFUSED, "subject_invalid", "there is no tenant");
    }
    reading->out->subject =
        arena_format(reading->arena, "%.*s.%.*s", STR_ARG(tenant), STR_ARG(subject));
    return OK;
}

result_t oidc_identity_read(arena_t *arena, const oidc_identity_source_t *source,
                            oidc_identity_t *out, err_t *err) {
    oidc_identity_t identity = {0};
    const reading_t reading = {arena, source, &identity};
    TRY(subject_read(&reading, err));
    email_read(&reading);
    identity.name = name_read(&reading, "name");
    identity.given_name = name_read(&reading, "given_name");
    identity.family_name = name_read(&reading, "family_name");
    identity.picture = picture_read(&reading);
    identity.locale = locale_read(&reading);
    groups_read(&reading);
    TRY(custom_write(&reading, err));
    *out = identity;
    return OK;
}

static void name_add(arena_t *arena, const json_t *name, const char *member, str_t *slot) {
    if (str_is_empty(*slot)) {
        const str_t text = text_of(json_object_get(name, member));
        *slot = oidc_text_clean(arena, str_trim(text), NAME_MAX_LEN);
    }
}

void oidc_identity_add_user(arena_t *arena, str_t user, oidc_identity_t *identity) {
    SCOPED(json_t) json = NULL;
    if (str_is_empty(user) || json_parse_object(user, user.len, &json, NULL) != OK) {
        return;
    }
    const json_t *name = json_object_get(json, "name");
    name_add(arena, name, "firstName", &identity->given_name);
    name_add(arena, name, "lastName", &identity->family_name);
}
