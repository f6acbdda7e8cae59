#include "view/views.h"
#include <time.h>

enum { MS_PER_S = 1000, TM_YEAR_ZERO = 1900 };

// UTC in the language's order of day, month and year, with figures that all three languages read.
static str_t date_words(const views_t *views, arena_t *arena, view_locale_t locale, time_ms_t at) {
    struct tm tm = {0};
    const time_t seconds = at / MS_PER_S;
    gmtime_r(&seconds, &tm);
    const model_date_t model = {
        .month = tm.tm_mon,
        .day = tm.tm_mday,
        .year = (int64_t)tm.tm_year + TM_YEAR_ZERO,
        .clock = arena_format(arena, "%02d:%02d", tm.tm_hour, tm.tm_min),
    };
    return template_render(&views->templates[locale][MODEL_DATE], arena, (const void *[]){&model});
}

// Which views are the three parts of a mail, and the struct that they show.
typedef struct {
    view_locale_t locale;
    model_view_t subject, text, html;
    const void *model;
} mail_t;

static result_t mail_render(const views_t *views, arena_t *arena, const mail_t *mail,
                            view_mail_t *out, err_t *err) {
    const template_t *templates = views->templates[mail->locale];
    const model_mail_frame_t around = {view_locale_tag(mail->locale),
                                       views_direction(mail->locale)};
    const void *const *model = &mail->model;
    const view_mail_t made = {
        .subject = template_render(&templates[mail->subject], arena, model),
        .text = template_render(&templates[mail->text], arena, model),
        .html =
            template_render(&templates[mail->html], arena, (const void *[]){&around, mail->model}),
    };
    if (arena_is_over(arena)) {
        return FAIL(err, INTERNAL, "internal", "a mail outgrew its arena");
    }
    *out = made;
    return OK;
}

result_t view_mail_code(const views_t *views, arena_t *arena, const view_mail_code_t *mail,
                        view_mail_t *out, err_t *err) {
    const model_mail_t model = {
        .app = str_is_empty(mail->app_name) ? views->product_name : mail->app_name,
        .email = mail->email,
        .code = views_code_format(arena, mail->code),
        .link = mail->link,
        .lifetime_min = mail->lifetime_min,
        .requested_from = mail->requested_from,
        .requested_at = date_words(views, arena, mail->locale, mail->requested_at),
        .is_code_in_subject = views->is_code_in_subject,
    };
    const mail_t made = {mail->locale, MODEL_MAIL_SUBJECT, MODEL_MAIL_TEXT, MODEL_MAIL_HTML,
                         &model};
    return mail_render(views, arena, &made, out, err);
}

result_t view_mail_invitation(const views_t *views, arena_t *arena,
                              const view_mail_invitation_t *mail, view_mail_t *out, err_t *err) {
    const model_invitation_t model = {
        .app = str_is_empty(mail->app_name) ? views->product_name : mail->app_name,
        .organization = mail->organization,
        .email = mail->email,
        .inviter = mail->inviter,
        .link = mail->link,
        .lifetime_days = mail->lifetime_days,
    };
    const mail_t made = {mail->locale, MODEL_INVITATION_SUBJECT, MODEL_INVITATION_TEXT,
                         MODEL_INVITATION_HTML, &model};
    return mail_render(views, arena, &made, out, err);
}
