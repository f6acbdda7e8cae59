// POST /api/v1/organizations.
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"

static result_t row_make(rest_t *rest, const organization_body_t *body, store_organization_t *out) {
    const store_organization_change_t *fields = &body->fields;
    *out = (store_organization_t){
        .name = fields->name,
        .external_id = fields->external_id,
        .slug = fields->slug,
        .logo_url = fields->logo_url,
        .region = body->region.len ? body->region : STR("REGION_CODE_UNSPECIFIED"),
        .metadata = fields->metadata.len ? fields->metadata : STR("{}"),
    };
    return rest_id(rest, "org", &out->id);
}

result_t rest_organization_create(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    organization_body_t body;
    store_organization_found_t found;
    store_organization_t row, made;
    organization_body_read(rest, false, &body);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const store_organization_in_t in = {.wanted_external_id = body.fields.external_id,
                                        .wanted_slug = body.fields.slug};
    TRY(store_organization_read(call->store, &in, &found, &call->err));
    if (found.is_external_id_taken || found.is_slug_taken) {
        return rest_taken(rest,
                          found.is_external_id_taken
                              ? "an organization with this external_id exists"
                              : "an organization with this slug exists",
                          out);
    }
    TRY(row_make(rest, &body, &row));
    const store_audit_t audit = organization_audit(rest, "api.organization.create", row.id);
    TRY(store_organization_create(call->store, &row, &audit, &made, &call->err));
    return organization_answer(rest, 201, &made, out);
}
