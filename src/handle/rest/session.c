#include "handle/rest/session.h"

static str_t device_type(const view_agent_t *agent) {
    const str_t system = agent->system;
    if (str_eq(system, STR("iPhone")) || str_eq(system, STR("Android"))) {
        return STR("mobile");
    }
    if (str_eq(system, STR("iPad"))) {
        return STR("tablet");
    }
    return system.len ? STR("desktop") : STR("");
}

// No versions: they say little, and what says so lies often enough. Where somebody is we do not
// find out.
static void device_add(rest_t *rest, json_t *object, const store_session_row_t *row) {
    const view_agent_t agent = view_user_agent_parts(row->user_agent);
    rest_add_text(rest, object, "user_agent", row->user_agent);
    rest_add_text(rest, object, "os", agent.system);
    rest_add_text(rest, object, "os_version", STR(""));
    rest_add_text(rest, object, "browser", agent.browser);
    rest_add_text(rest, object, "browser_version", STR(""));
    rest_add_text(rest, object, "device_type", device_type(&agent));
    rest_add_text(rest, object, "ip", row->ip);
}

static void clients_add(rest_t *rest, json_t *object, const store_session_row_t *row) {
    json_t *clients = rest_add_list(rest, object, "authenticated_clients");
    for (size_t i = 0; i < row->client_ids.count; i++) {
        json_t *client = rest_append_object(rest, clients);
        rest_add_text(rest, client, "client_id", row->client_ids.items[i]);
        rest_add_text(rest, client, "organization_id", row->client_organization_ids.items[i]);
    }
}

void session_revoked_add(rest_t *rest, json_t *object, const store_session_row_t *row) {
    const bool is_logout = str_eq(row->status, STR("logout"));
    rest_add_text(rest, object, "session_id", row->id);
    rest_add_text(rest, object, "user_id", row->user_id);
    rest_add_time(rest, object, "created_at", row->created_at);
    rest_add_time(rest, object, "updated_at", row->ended_at ? row->ended_at : row->last_active_at);
    rest_add_time(rest, object, "idle_expires_at", row->idle_ends_at);
    rest_add_time(rest, object, "absolute_expires_at", row->expires_at);
    rest_add_time(rest, object, "expired_at", row->expired_at);
    rest_add_time(rest, object, "logout_at", is_logout ? row->ended_at : 0);
    rest_add_text(rest, object, "status", row->status);
    rest_add_time(rest, object, "last_active_at", row->last_active_at);
}

void session_add(rest_t *rest, json_t *object, const store_session_row_t *row) {
    session_revoked_add(rest, object, row);
    rest_add_text(rest, object, "organization_id", row->organization_id);
    rest_add_texts(rest, object, "authenticated_organizations", row->authenticated_organizations);
    device_add(rest, rest_add_object(rest, object, "device"), row);
    clients_add(rest, object, row);
}

store_audit_t session_audit(rest_t *rest, const char *event, str_t user_id, str_t session_id) {
    const str_t reason = session_id.len
                             ? arena_format(rest->call->arena, "session %.*s", STR_ARG(session_id))
                             : arena_format(rest->call->arena, "user %.*s", STR_ARG(user_id));
    store_audit_t audit = rest_audit(rest, event, reason);
    audit.user_id = user_id;
    audit.session_id = session_id;
    return audit;
}
