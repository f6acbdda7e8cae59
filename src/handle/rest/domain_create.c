// POST /api/v1/organizations/{organization_id}/domains. What an administrator says by API counts as
// proven (hosted-login.md 8.2), unless they ask for `verification_method` DNS: an extension of
// ours, for whoever adds domains in the name of customers. What nobody can own is refused whoever
// says it.
#include "base/buffer.h"
#include "base/domain.h"
#include "base/domain_mail.h"
#include "base/encode.h"
#include "crypto/random.h"
#include "handle/rest/domain.h"
#include "handle/rest/endpoints.h"

enum { DOMAIN_TEXT_MIN = 4, DOMAIN_TEXT_MAX = 255, TXT_RANDOM = 16 };

typedef enum { METHOD_ADMIN, METHOD_DNS } method_kind_t;
static const char *const METHODS[] = {[METHOD_ADMIN] = "ADMIN", [METHOD_DNS] = "DNS"};
static const rest_names_t METHOD_NAMES = {.items = METHODS, .count = 2};

// flow.md 1: whoever held "gmail.com" or "co.uk" would decide about strangers.
static const char *unownable(str_t domain) {
    if (domain_is_public_suffix(domain)) {
        return "is a public suffix, which nobody can own";
    }
    return domain_is_public_mail(domain) ? "is a public mail provider's" : NULL;
}

static void name_read(rest_t *rest, const rest_object_t *body, str_t *out) {
    const rest_length_t length = {
        .min = DOMAIN_TEXT_MIN, .max = DOMAIN_TEXT_MAX, .is_required = true};
    str_t text;
    err_t err = {0};
    if (!rest_text(body, "domain", length, &text)) {
        return;
    }
    if (domain_normalise(rest->call->arena, text, out, &err) != OK) {
        rest_problem(rest, STR("domain"), "pattern", "must be a domain name");
        return;
    }
    const char *why = unownable(*out);
    if (why) {
        rest_problem(rest, STR("domain"), "pattern", why);
    }
}

// "acme-verify-dom_1=0f..": the product's name in letters and digits tells the owner of the zone
// whose record it is.
static result_t txt_make(rest_t *rest, store_domain_t *row) {
    call_t *call = rest->call;
    const str_t product = call->settings->product_name;
    uint8_t bytes[TXT_RANDOM];
    TRY(random_fill(sizeof bytes, bytes, &call->err));
    buf_t text = buf_new(call->arena, product.len + 96);
    for (size_t i = 0; i < product.len; i++) {
        const char c = (char)(product.ptr[i] | 0x20);
        if ((c >= 'a' && c <= 'z') || (product.ptr[i] >= '0' && product.ptr[i] <= '9')) {
            buf_add(&text, (str_t){&c, 1});
        }
    }
    buf_add_format(&text, "-verify-%.*s=%.*s", STR_ARG(row->id),
                   STR_ARG(hex_encode(call->arena, (bytes_t){bytes, sizeof bytes})));
    row->txt_secret = buf_str(&text);
    return OK;
}

static result_t row_make(rest_t *rest, str_t name, domain_type_t type, store_domain_t *out) {
    const bool is_organization = type == DOMAIN_ORGANIZATION;
    *out = (store_domain_t){
        .organization_id = rest->params[0],
        .domain = name,
        .type = str_from_c(domain_type_names.items[type]),
        .status = STR("verified"),
        .method = is_organization ? STR("ADMIN") : STR("NOT_APPLICABLE"),
        .txt_secret = STR(""),
    };
    return rest_id(rest, "dom", &out->id);
}

// NULL: it may be added.
static const char *taken(const store_domain_claim_t *claim, domain_type_t type) {
    if (claim->is_own) {
        return "the organization has this domain already";
    }
    return claim->is_foreign && type == DOMAIN_ORGANIZATION
               ? "another organization has verified this domain"
               : NULL;
}

result_t rest_domain_create(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    const rest_object_t body = rest_body(rest);
    size_t type = DOMAIN_ORGANIZATION;
    size_t method = METHOD_ADMIN;
    str_t name = STR_NONE;
    store_domain_claim_t claim;
    store_domain_t row, made;
    name_read(rest, &body, &name);
    (void)!rest_enum(&body, "domain_type", domain_type_names, &type);
    (void)!rest_enum(&body, "verification_method", METHOD_NAMES, &method);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    TRY(row_make(rest, name, (domain_type_t)type, &row));
    if (method == METHOD_DNS && type == DOMAIN_ORGANIZATION) {
        row.method = STR("DNS");
        row.status = STR("pending");
        TRY(txt_make(rest, &row));
    }
    const store_domain_in_t in = {row.organization_id, row.domain, row.type};
    TRY(store_domain_claim_read(call->store, &in, &claim, &call->err));
    if (!claim.is_organization_present) {
        return rest_absent(rest, "organization", out);
    }
    const char *why = taken(&claim, (domain_type_t)type);
    if (why) {
        return rest_taken(rest, why, out);
    }
    const store_audit_t audit = domain_audit(rest, "api.domain.create", &row);
    TRY(store_domain_create(call->store, &row, &audit, &made, &call->err));
    return domain_answer(rest, &made, out);
}
