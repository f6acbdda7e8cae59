// From verified claims to a person: who it is, which address is asserted, and whether a social
// provider proves it (flow.md 4.3). Pure; any thread; results in the arena.
#pragma once
#include "base/email.h"
#include "protocol/oidc/relying.h"

enum { OIDC_GROUPS_MAX = 50, OIDC_CUSTOM_MAX = 20 };

// Empty texts: not asserted, or nothing that could be used.
typedef struct {
    str_t subject;          // with the connection, the key of the identity (Core 5.7)
    bool is_email_present;  // false: no address, or none that email_parse accepts
    email_t email;          // valid if is_email_present
    bool is_email_verified; // by flow.md 4.3; always false for an organization's connection
    str_t name, given_name, family_name;
    str_t picture; // https
    str_t locale;
    oidc_list_t groups;
    str_t custom; // a JSON object of texts: the attributes of the mapping that are none of these
} oidc_identity_t;

// `claims` are those of oidc_id_token_verify or oidc_github_claims, `userinfo` (may be NULL) of
// oidc_userinfo_parse; a claim is taken from the first that has it. REFUSED (code subject_invalid)
// if there is no subject.
//
// The subject is `sub`; behind a multi-tenant issuer it is "<tid>.<sub>", because each tenant is an
// issuer of its own (P-RP-28). The mapping cannot change it.
typedef struct {
    const oidc_relying_t *relying;
    const json_t *claims;
    const json_t *userinfo;
} oidc_identity_source_t;
MUST_USE result_t oidc_identity_read(arena_t *arena, const oidc_identity_source_t *source,
                                     oidc_identity_t *out, err_t *err);

// Apple says a person's name once, beside the first code, in JSON that anybody could have written:
// names that are still empty are taken from it, an address never. `user` is the callback's; what
// is no such JSON is ignored.
void oidc_identity_add_user(arena_t *arena, str_t user, oidc_identity_t *identity);
