// `gatehouse why FLOW_ID`: each decision of one login, in words for whoever helps the person.
#include "base/buffer.h"
#include "flow/decision.h"
#include "handle/operate.h"
#include "store/auth_log.h"

typedef struct {
    const char *name;
    const char *words;
} words_t;

static const words_t EVENTS[] = {
    {"login.entry", "the application asked for a sign-in"},
    {"login.init", "the identity provider began a sign-in"},
    {"login.email", "an address was entered"},
    {"login.code", "a code was entered"},
    {"login.link", "the link of the mail was opened"},
    {"login.number", "a number was chosen behind the link"},
    {"login.connection", "a provider's button was pressed"},
    {"login.pick", "a connection was picked"},
    {"login.sso_begin", "the person goes to the identity provider"},
    {"login.sso", "the identity provider answered"},
    {"login.organization", "an organization was asked for"},
    {"login.invitation", "an invitation was opened"},
    {"login.restart", "the sign-in was begun again"},
    {"login.cancel", "the person went back"},
    {"connection.test", "an administrator tests a connection"},
};

static const words_t DECISIONS[] = {
    {"error_page", "refused, with a page that says so"},
    {"error_redirect", "refused, and the application was told"},
    {"login_page", "the sign-in page"},
    {"signup_page", "the sign-up page"},
    {"complete", "signed in"},
    {"sso", "on to single sign-on"},
    {"pick_connection", "the person picks a connection"},
    {"social", "on to the provider"},
    {"choose_organization", "the person chooses an organization"},
    {"create_organization", "the person creates an organization"},
    {"ask_email", "the address is asked for"},
    {"send_code", "a code is sent"},
    {"limited", "too many tries, the person has to wait"},
    {"code_wrong", "the code was wrong"},
    {"code_dead", "the code is used up, a new one is needed"},
    {"code_expired", "the code was too old"},
    {"show_code", "the code is shown there"},
    {"confirm_number", "the person confirms the number"},
    {"confirmed", "confirmed, the first browser goes on"},
    {"other_browser", "it was another browser"},
    {"expired", "the sign-in was too old"},
    {"no_account", "there is no account"},
    {"not_active", "the account is switched off"},
    {"no_member", "the person is no member"},
    {"other_realm", "another organization answers for this address"},
    {"sso_failed", "single sign-on failed"},
};

#define WORDS_OF(table, name) words_find((table), sizeof(table) / sizeof((table)[0]), (name))
static str_t words_find(const words_t *table, size_t count, str_t name) {
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_from_c(table[i].name))) {
            return str_from_c(table[i].words);
        }
    }
    return name;
}

// Parts of a reason come from providers and browsers, and this goes to a terminal.
static void add_safe(buf_t *text, str_t value) {
    const bool is_safe = str_is_utf8(value) && !str_has_control(value);
    for (size_t i = 0; i < value.len; i++) {
        const char c = value.ptr[i];
        buf_add_char(text, is_safe || (c >= ' ' && c <= '~') ? c : '?');
    }
}

// "    connection    Acme (conn_1)"
static void add_named(buf_t *text, const char *what, str_t name, str_t id) {
    if (str_is_empty(id)) {
        return;
    }
    buf_add_format(text, "    %-13s ", what);
    add_safe(text, name.len ? name : STR("(gone)"));
    buf_add_c(text, " (");
    add_safe(text, id);
    buf_add_c(text, ")\n");
}

static void add_line(buf_t *text, const char *what, str_t value) {
    if (value.len) {
        buf_add_format(text, "    %-13s ", what);
        add_safe(text, value);
        buf_add_c(text, "\n");
    }
}

static void add_row(const operate_t *in, buf_t *text, const store_story_row_t *row) {
    buf_add_format(text, "%.*s  ", STR_ARG(time_rfc3339(in->arena, row->at)));
    add_safe(text, WORDS_OF(EVENTS, row->event));
    buf_add_c(text, " -> ");
    add_safe(text, WORDS_OF(DECISIONS, row->decision));
    buf_add_c(text, "\n");
    add_line(text, "why", row->reason);
    add_line(text, "address", row->email);
    add_named(text, "connection", row->connection_name, row->connection_id);
    add_named(text, "organization", row->organization_name, row->organization_id);
}

result_t operate_why(const operate_t *in, str_t flow_id, str_t *out_text, err_t *err) {
    store_story_t story;
    TRY(store_story_read(in->store, flow_id, &story, err));
    if (story.count == 0) {
        return FAIL(err, NOT_FOUND, "flow", "nothing is known of a sign-in with this id");
    }
    buf_t text = buf_new(in->arena, 1024);
    buf_add_c(&text, "sign-in ");
    add_safe(&text, flow_id);
    buf_add_c(&text, "\n");
    add_named(&text, "application", story.items[0].client_name, story.items[0].client_id);
    for (size_t i = 0; i < story.count; i++) {
        add_row(in, &text, &story.items[i]);
    }
    *out_text = buf_str(&text);
    return OK;
}
