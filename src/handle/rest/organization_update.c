// PATCH /api/v1/organizations/{id}.
#include "handle/rest/endpoints.h"
#include "handle/rest/organization.h"

// Pairs that the metadata would have: the writer counts again on what it then is.
static result_t pairs_count(call_t *call, const store_organization_t *row, str_t change,
                            size_t *out) {
    SCOPED(json_t) merged = NULL;
    SCOPED(json_t) patch = NULL;
    const char *key;
    json_t *value;
    *out = 0;
    TRY(json_parse_object(row->metadata, row->metadata.len, &merged, &call->err));
    TRY(json_parse_object(change, change.len, &patch, &call->err));
    if (json_object_update(merged, patch) != 0) {
        return FAIL(&call->err, INTERNAL, "json_failed", "jansson cannot merge objects");
    }
    json_object_foreach(merged, key, value) {
        *out += !json_is_null(value);
    }
    return OK;
}

static result_t metadata_check(rest_t *rest, const store_organization_t *row, str_t change) {
    size_t pairs = 0;
    if (change.len) {
        TRY(pairs_count(rest->call, row, change, &pairs));
    }
    if (pairs > ORGANIZATION_PAIRS_MAX) {
        rest_problem(rest, STR("metadata"), "count", "would have more than 10 pairs");
    }
    return OK;
}

result_t rest_organization_update(rest_t *rest, response_t *out) {
    call_t *call = rest->call;
    organization_body_t body;
    store_organization_found_t found;
    store_organization_t made;
    organization_body_read(rest, true, &body);
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    const store_organization_in_t in = {.id = rest->params[0],
                                        .wanted_external_id = body.fields.external_id,
                                        .wanted_slug = body.fields.slug};
    TRY(store_organization_read(call->store, &in, &found, &call->err));
    if (!found.is_present) {
        return rest_absent(rest, "organization", out);
    }
    if (found.is_external_id_taken || found.is_slug_taken) {
        return rest_taken(rest,
                          found.is_external_id_taken ? "another organization has this external_id"
                                                     : "another organization has this slug",
                          out);
    }
    TRY(metadata_check(rest, &found.row, body.fields.metadata));
    if (rest_is_refused(rest, out)) {
        return OK;
    }
    body.fields.id = found.row.id;
    const store_audit_t audit = organization_audit(rest, "api.organization.update", found.row.id);
    TRY(store_organization_update(call->store, &body.fields, &audit, &made, &call->err));
    return organization_answer(rest, 200, &made, out);
}
