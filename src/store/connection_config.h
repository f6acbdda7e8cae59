// All that the protocol needs to know of a connection, as a piece of a SELECT. Internal to store/.
#pragma once
#include "store/facts.h"
#include "store/sso.h"

#define DOCUMENT_TYPES "ttzzzt"
#define DOCUMENT_COLUMNS(p)                                                                        \
    p ".url, " p ".body, " p ".fetched_at, " p ".expires_at, " p ".tried_at, " p ".error"
#define DOCUMENT_JOIN(p, kind_)                                                                    \
    " left join connection_documents " p " on " p ".connection_id = k.id and " p ".kind = '" kind_ \
    "'"

// k and ko are joined by CONNECTION_JOIN.
#define CONFIG_TYPES CONNECTION_TYPES "tttttttttblltttttooo" DOCUMENT_TYPES DOCUMENT_TYPES
#define CONFIG_COLUMNS                                                                             \
    CONNECTION_COLUMNS                                                                             \
    ", k.provider, k.protocol, k.issuer, k.discovery_endpoint, k.authorize_uri, k.token_uri,"      \
    " k.userinfo_uri, k.jwks_uri, k.client_id, k.client_secret, k.scopes, k.tenants,"              \
    " k.token_auth, k.response_mode, k.prompt, k.algs, k.attribute_mapping::text,"                 \
    " k.is_pkce_on, k.is_email_trusted, k.is_profile_synced, " DOCUMENT_COLUMNS(                   \
        "pd") ", " DOCUMENT_COLUMNS("pj")
#define CONFIG_JOIN DOCUMENT_JOIN("pd", "discovery") DOCUMENT_JOIN("pj", "jwks")
store_connection_t config_from_row(sql_row_t *row);
