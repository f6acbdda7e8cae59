#include "handle/rest/organization.h"

enum { NAME_MAX = 200, SLUG_MAX = 253, LABEL_MAX = 63, LOGO_URL_MAX = 1024 };

static bool is_label(str_t label) {
    for (size_t i = 0; i < label.len; i++) {
        const char c = label.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!is_letter && !(c == '-' && i > 0 && i + 1 < label.len)) {
            return false;
        }
    }
    return label.len > 0 && label.len <= LABEL_MAX;
}

// A DNS label or a host name: it stands for one in redirect URIs (hosted-login.md 2.5).
static bool is_slug(str_t slug) {
    while (slug.len) {
        const size_t end = str_find(slug, '.');
        if (!is_label(str_sub(slug, 0, end)) || end + 1 == slug.len) {
            return false;
        }
        slug = str_sub(slug, end + 1, slug.len);
    }
    return true;
}

// It goes into pages as an image's address: https, a host, and no octet that a URL cannot hold.
static bool is_logo_url(str_t url) {
    const str_t scheme = STR("https://");
    const str_t rest = str_sub(url, scheme.len, url.len);
    for (size_t i = 0; i < url.len; i++) {
        const unsigned char c = (unsigned char)url.ptr[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c)) {
            return false;
        }
    }
    return str_starts(url, scheme) && rest.len && !strchr("/?#:@", rest.ptr[0]);
}

static bool slug_read(const rest_object_t *body, bool is_change, str_t *out) {
    const rest_length_t length = {.min = is_change ? 0 : 1, .max = SLUG_MAX};
    if (!rest_text(body, "slug", length, out)) {
        return false;
    }
    if (!is_slug(*out)) {
        rest_problem(body->rest, STR("slug"), "pattern",
                     "must be a host name or a label of one, in lower case");
    }
    return true;
}

static bool logo_url_read(const rest_object_t *body, str_t *out) {
    if (!rest_text(body, "logo_url", (rest_length_t){.max = LOGO_URL_MAX}, out)) {
        return false;
    }
    if (out->len && !is_logo_url(*out)) {
        rest_problem(body->rest, STR("logo_url"), "pattern", "must be an https URL");
    }
    return true;
}

void organization_body_read(rest_t *rest, bool is_change, organization_body_t *out) {
    static const char *const REGIONS[] = {"US", "EU"};
    const rest_length_t name = {.min = 1, .max = NAME_MAX, .is_required = !is_change};
    const rest_length_t external_id = {.min = is_change ? 0 : 1,
                                       .max = ORGANIZATION_EXTERNAL_ID_MAX};
    const rest_map_t metadata = {.pairs_max = is_change ? 2 * ORGANIZATION_PAIRS_MAX
                                                        : ORGANIZATION_PAIRS_MAX,
                                 .key_min = 3,
                                 .key_max = 25,
                                 .value_min = 1,
                                 .value_max = 256,
                                 .may_remove = is_change};
    const rest_object_t body = rest_body(rest);
    store_organization_change_t *fields = &out->fields;
    size_t region;
    *out = (organization_body_t){.fields.metadata_max = ORGANIZATION_PAIRS_MAX};
    fields->has_name = rest_text(&body, "display_name", name, &fields->name);
    fields->has_external_id = rest_text(&body, "external_id", external_id, &fields->external_id);
    fields->has_slug = slug_read(&body, is_change, &fields->slug);
    fields->has_logo_url = logo_url_read(&body, &fields->logo_url);
    (void)!rest_map(&body, "metadata", &metadata, &fields->metadata);
    if (rest_enum(&body, "region_code", REST_NAMES(REGIONS), &region)) {
        out->region = str_from_c(REGIONS[region]);
    }
}

static void feature_add(rest_t *rest, json_t *features, const char *name, bool is_on) {
    json_t *feature = rest_append_object(rest, features);
    rest_add_text(rest, feature, "name", str_from_c(name));
    rest_add_bool(rest, feature, "enabled", is_on);
}

void organization_add(rest_t *rest, json_t *object, const store_organization_t *row) {
    rest_add_text(rest, object, "id", row->id);
    rest_add_time(rest, object, "create_time", row->created_at);
    rest_add_time(rest, object, "update_time", row->updated_at);
    rest_add_text(rest, object, "display_name", row->name);
    rest_add_text(rest, object, "region_code", row->region);
    rest_add_text_if(rest, object, "external_id", row->external_id);
    rest_add_json(rest, object, "metadata", row->metadata);
    rest_add_text_if(rest, object, "slug", row->slug);
    rest_add_text_if(rest, object, "logo_url", row->logo_url);
    json_t *settings = rest_add_object(rest, object, "settings");
    json_t *features = rest_add_list(rest, settings, "features");
    feature_add(rest, features, "sso", row->is_sso_on);
    feature_add(rest, features, "directory_sync", row->is_directory_sync_on);
    feature_add(rest, features, "domain_verification", row->is_domain_verification_on);
    feature_add(rest, features, "session_policy", row->is_session_policy_on);
    feature_add(rest, features, "sso_exclusive", row->is_sso_exclusive);
}

result_t organization_answer(rest_t *rest, int status, const store_organization_t *row,
                             response_t *out) {
    SCOPED(json_t) answer = json_object();
    organization_add(rest, rest_add_object(rest, answer, "organization"), row);
    return rest_answer(rest, status, answer, out);
}

result_t organization_find(rest_t *rest, str_t id, store_organization_found_t *out) {
    const store_organization_in_t in = {.id = id};
    return store_organization_read(rest->call->store, &in, out, &rest->call->err);
}

store_audit_t organization_audit(rest_t *rest, const char *event, str_t id) {
    store_audit_t audit =
        rest_audit(rest, event, arena_format(rest->call->arena, "organization %.*s", STR_ARG(id)));
    audit.organization_id = id;
    return audit;
}
