// What the machine endpoints share: their form, and how they refuse (RFC 6749 5.2).
#pragma once
#include "base/form.h"
#include "handle/browser.h"
#include "protocol/oidc/oidc.h"

// The body as a form. A query, another content type and a malformed body are defects: parameters of
// these endpoints stand in the body and nowhere else (RFC 6749 2.3.1, 3.2), so that a secret in a
// URL is never accepted and nobody gets used to it (P-OP-22).
oidc_defect_t oauth_form_read(call_t *call, form_t *out);

// True if the request's media type is application/x-www-form-urlencoded.
bool oauth_is_form(const request_t *request);

// {"error","error_description"}: 401 with a challenge for invalid_client, else 400.
MUST_USE result_t oauth_error(call_t *call, oidc_defect_t defect, response_t *out);

// The audit row of a refusal: nobody has to show who they are to be refused, so a network leaves
// ten rows a minute for each event and error, and no more.
MUST_USE result_t oauth_refusal_note(call_t *call, const store_audit_t *audit, const char *error);

// oauth_error behind such a row, with the decision "refuse".
MUST_USE result_t oauth_refuse(call_t *call, const store_audit_t *audit, oidc_defect_t defect,
                               response_t *out);
