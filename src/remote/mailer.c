#include "base/arena.h"
#include "base/scope.h"
#include "remote/mail.h"
#include <curl/curl.h>
#include <stdlib.h>

typedef struct curl_slist curl_slist;
SCOPED_BY(curl_slist, curl_slist_free_all)

// How far the dialogue has come, by the last command that went out. A 5xx counts against the
// recipient or the message only from RCPT on: before that it is about us (a password, a sender) and
// the operator can mend it.
typedef enum { STAGE_BEFORE, STAGE_RECIPIENT, STAGE_MESSAGE } stage_t;

enum { REPLY_MAX = 160 };

struct mailer {
    const settings_t *settings;
    CURL *curl;
    // Of the mail under way.
    str_t message;
    size_t message_sent;
    stage_t stage;
    bool is_quitting;
    char reply[REPLY_MAX]; // the server's last line before QUIT
};

static size_t on_message_read(char *to, size_t size, size_t count, void *user) {
    mailer_t *mailer = user;
    const size_t left = mailer->message.len - mailer->message_sent;
    const size_t len = left < size * count ? left : size * count;
    if (len > 0) {
        memcpy(to, mailer->message.ptr + mailer->message_sent, len);
    }
    mailer->message_sent += len;
    mailer->stage = STAGE_MESSAGE;
    return len;
}

static size_t on_reply(char *line, size_t size, size_t count, void *user) {
    mailer_t *mailer = user;
    const str_t words = str_trim((str_t){line, size * count});
    const size_t len = words.len < REPLY_MAX - 1 ? words.len : REPLY_MAX - 1;
    if (!mailer->is_quitting) { // curl says goodbye after a no: "221" is not the answer
        memcpy(mailer->reply, words.ptr, len);
        mailer->reply[len] = '\0';
    }
    return size * count;
}

// RFC 5321 4.2: three digits. 0 if the server said nothing.
static uint64_t reply_code(const mailer_t *mailer) {
    uint64_t code = 0;
    return str_to_u64(str_sub(str_from_c(mailer->reply), 0, 3), 999, &code) ? code : 0;
}

// Sees every command, passwords included, and keeps only which command it was.
static int on_debug(CURL *curl, curl_infotype type, char *data, size_t len, void *user) {
    (void)curl;
    mailer_t *mailer = user;
    if (type != CURLINFO_HEADER_OUT) {
        return 0;
    }
    const str_t command = {data, len};
    if (str_starts(command, STR("RCPT "))) {
        mailer->stage = STAGE_RECIPIENT;
    } else if (str_starts(command, STR("DATA"))) {
        mailer->stage = STAGE_MESSAGE;
    } else if (str_starts(command, STR("QUIT"))) {
        mailer->is_quitting = true;
    }
    return 0;
}

// smtp_tls_t in curl's terms. With a password, "optional" is "required": who could strip STARTTLS
// from the greeting would be given the password.
static long tls_level(const settings_smtp_t *smtp) {
    switch (smtp->tls) {
    case SMTP_TLS_OPTIONAL:
        return str_is_empty(smtp->user) ? CURLUSESSL_TRY : CURLUSESSL_ALL;
    case SMTP_TLS_OFF:
        return CURLUSESSL_NONE;
    case SMTP_TLS_REQUIRED:
    case SMTP_TLS_IMPLICIT: // smtps:// in the URL says it
        return CURLUSESSL_ALL;
    }
    return CURLUSESSL_ALL;
}

// The first failure of several options; curl copies every string.
static void set_option(CURLcode *code, CURLcode set) {
    *code = *code == CURLE_OK ? set : *code;
}

static CURLcode set_login(CURL *curl, const settings_smtp_t *smtp, arena_t *arena) {
    if (str_is_empty(smtp->user)) {
        return CURLE_OK;
    }
    CURLcode code = curl_easy_setopt(curl, CURLOPT_USERNAME, arena_c(arena, smtp->user));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_PASSWORD,
                                       arena_c(arena, secret_reveal(smtp->password))));
    return code;
}

static CURLcode set_connection(CURL *curl, const settings_t *settings, arena_t *arena) {
    // curl says what stands behind the host in the URL as its name in EHLO.
    const str_t url = arena_format(arena, "%.*s/%.*s", STR_ARG(settings->smtp.url),
                                   STR_ARG(settings->issuer_host));
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, url.ptr);
    set_option(&code, curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps"));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_PROXY, "")); // whatever the environment says
    set_option(&code, curl_easy_setopt(curl, CURLOPT_USE_SSL, tls_level(&settings->smtp)));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L));
    const char *authorities = secure_getenv("SSL_CERT_FILE");
    if (authorities) {
        set_option(&code, curl_easy_setopt(curl, CURLOPT_CAINFO, authorities));
        set_option(&code, curl_easy_setopt(curl, CURLOPT_CAPATH, NULL));
    }
    set_option(&code, set_login(curl, &settings->smtp, arena));
    return code;
}

static CURLcode set_callbacks(mailer_t *mailer) {
    CURL *curl = mailer->curl;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); // threads
    set_option(&code, curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_message_read));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_READDATA, mailer));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_reply));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_HEADERDATA, mailer));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_DEBUGDATA, mailer));
    set_option(&code, curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L));
    return code;
}

result_t mailer_open(const settings_t *settings, mailer_t **out, err_t *err) {
    // Counted and, since curl 7.84, safe beside other threads; mailer_close gives it back.
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return FAIL(err, INTERNAL, "curl_failed", "curl cannot be set up");
    }
    mailer_t *mailer = calloc(1, sizeof *mailer);
    if (!mailer) {
        abort();
    }
    mailer->settings = settings;
    mailer->curl = curl_easy_init();
    arena_t *arena = arena_new(1 << 16); // wiped when freed: the password was in it
    CURLcode code =
        mailer->curl ? set_connection(mailer->curl, settings, arena) : CURLE_FAILED_INIT;
    if (code == CURLE_OK) {
        code = set_callbacks(mailer);
    }
    arena_free(&arena);
    if (code != CURLE_OK) {
        mailer_close(&mailer);
        return FAIL(err, INTERNAL, "curl_failed", "curl: %s", curl_easy_strerror(code));
    }
    *out = mailer;
    return OK;
}

void mailer_close(mailer_t **mailer) {
    if (!*mailer) {
        return;
    }
    curl_easy_cleanup((*mailer)->curl);
    free(*mailer);
    *mailer = NULL;
    curl_global_cleanup();
}

static result_t failed(const mailer_t *mailer, CURLcode code, err_t *err) {
    const uint64_t reply = reply_code(mailer);
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT:
        return FAIL(err, TIMEOUT, "mail_timeout", "the mail server took too long");
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_URL_MALFORMAT:
        return FAIL(err, INTERNAL, "curl_failed", "curl: %s", curl_easy_strerror(code));
    case CURLE_SEND_ERROR: // a command was answered with no, or the line broke
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_RECV_ERROR:
        break;
    default:
        return FAIL(err, UNAVAILABLE, "mail_unavailable", "curl: %s (%s)", curl_easy_strerror(code),
                    mailer->reply);
    }
    if (mailer->stage != STAGE_BEFORE && reply >= 500 && reply <= 599) {
        return FAIL(err, REFUSED, "mail_refused", "the mail server said: %s", mailer->reply);
    }
    return FAIL(err, UNAVAILABLE, "mail_unavailable", "curl: %s, the mail server said: %s",
                curl_easy_strerror(code), mailer->reply[0] ? mailer->reply : "nothing");
}

// A kept connection may have ended while nobody looked (a restart, 421 after some idle time). If
// nothing of the message went out yet, nobody can have accepted it.
static bool is_stale(const mailer_t *mailer) {
    long connects = 1;
    curl_easy_getinfo(mailer->curl, CURLINFO_NUM_CONNECTS, &connects);
    const uint64_t reply = reply_code(mailer);
    return connects == 0 && mailer->message_sent == 0 && (reply == 0 || reply == 421);
}

static CURLcode perform(mailer_t *mailer, deadline_t deadline, bool is_fresh) {
    const int64_t left_ms = deadline_left_ms(deadline);
    if (left_ms <= 0) { // 0 would mean "for ever" to curl
        return CURLE_OPERATION_TIMEDOUT;
    }
    mailer->message_sent = 0;
    mailer->stage = STAGE_BEFORE;
    mailer->is_quitting = false;
    mailer->reply[0] = '\0';
    CURLcode code = curl_easy_setopt(mailer->curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
    set_option(&code, curl_easy_setopt(mailer->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms));
    set_option(&code, curl_easy_setopt(mailer->curl, CURLOPT_FRESH_CONNECT, is_fresh ? 1L : 0L));
    return code == CURLE_OK ? curl_easy_perform(mailer->curl) : code;
}

result_t mailer_send(mailer_t *mailer, arena_t *arena, const mail_t *mail, deadline_t deadline,
                     err_t *err) {
    const settings_t *settings = mailer->settings;
    const mail_sender_t sender = {&settings->mail_from, settings->issuer_host};
    TRY(mail_compose(arena, &sender, mail, &mailer->message, err));
    const str_t from = arena_format(arena, "<%.*s>", STR_ARG(settings->mail_from.address));
    const str_t to = arena_format(arena, "<%.*s>", STR_ARG(mail->to));
    SCOPED(curl_slist) recipients = curl_slist_append(NULL, to.ptr);
    if (!recipients) {
        return FAIL(err, INTERNAL, "out_of_memory", "no memory for a recipient");
    }
    CURLcode code = curl_easy_setopt(mailer->curl, CURLOPT_MAIL_FROM, from.ptr);
    set_option(&code, curl_easy_setopt(mailer->curl, CURLOPT_MAIL_RCPT, recipients));
    set_option(&code, curl_easy_setopt(mailer->curl, CURLOPT_INFILESIZE_LARGE,
                                       (curl_off_t)mailer->message.len));
    if (code == CURLE_OK) {
        code = perform(mailer, deadline, false);
        if (code != CURLE_OK && code != CURLE_OPERATION_TIMEDOUT && is_stale(mailer)) {
            code = perform(mailer, deadline, true);
        }
    }
    // The handle must not keep pointers to what ends here.
    set_option(&code, curl_easy_setopt(mailer->curl, CURLOPT_MAIL_RCPT, NULL));
    mailer->message = STR_NONE;
    return code == CURLE_OK ? OK : failed(mailer, code, err);
}
