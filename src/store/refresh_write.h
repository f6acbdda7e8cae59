// The first refresh token of a family, or the next one. Internal to store/.
#pragma once
#include "store/batch.h"

void refresh_insert_append(sql_batch_t *batch, bytes_t hash, str_t grant_id, int64_t lifetime_s);
