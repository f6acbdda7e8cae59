// An email domain's row, as a piece of a SELECT. Internal to store/.
#pragma once
#include "store/batch.h"
#include "store/domain.h"

#define DOMAIN_TYPES "tttttttzz"
#define DOMAIN_COLUMNS                                                                             \
    "d.id, d.organization_id, d.domain, d.type, d.status, d.method, d.txt_secret, d.created_at,"   \
    " d.updated_at"
store_domain_t domain_from_row(sql_row_t *row);
