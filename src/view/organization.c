#include "view/views.h"

// The first character of a name, for the tile of an organization without a logo. RFC 3629 3: the
// octets 0x80 to 0xbf go on with a character.
static str_t initial_of(str_t name) {
    size_t len = name.len > 0;
    while (len < name.len && ((unsigned char)name.ptr[len] & 0xc0) == 0x80) {
        len++;
    }
    return str_sub(name, 0, len);
}

static template_list_t organizations_of(arena_t *arena, view_organizations_t list) {
    model_organization_t *items = ARENA_ARRAY(arena, model_organization_t, list.count);
    for (size_t i = 0; i < list.count; i++) {
        const view_organization_t *item = &list.items[i];
        items[i] = (model_organization_t){.id = item->id,
                                          .name = item->name,
                                          .logo_url = item->logo_url,
                                          .initial = initial_of(item->name)};
    }
    return (template_list_t){items, list.count};
}

result_t view_organizations_page(arena_t *arena, const view_frame_t *frame,
                                 const view_choice_t *page, str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const model_organizations_t model = {
        .flow_id = page->flow_id,
        .form_token = page->form_token,
        .email = page->email,
        .own = organizations_of(arena, page->own),
        .invitations = organizations_of(arena, page->invitations),
        .joinable = organizations_of(arena, page->joinable),
        .has_own = page->own.count > 0,
        .has_invitations = page->invitations.count > 0,
        .has_joinable = page->joinable.count > 0,
        .may_create = page->may_create,
    };
    return views_page(views_template(frame, MODEL_ORGANIZATIONS), arena,
                      (const void *[]){&around, &model}, out, err);
}

result_t view_organization_new_page(arena_t *arena, const view_frame_t *frame,
                                    const view_organization_new_t *page, str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const model_error_t error = views_error(page->error, 0, 0);
    const model_organization_new_t model = {
        .flow_id = page->flow_id,
        .form_token = page->form_token,
        .email = page->email,
        .name = page->name,
        .has_choices = page->has_choices,
    };
    return views_page(views_template(frame, MODEL_ORGANIZATION_NEW), arena,
                      (const void *[]){&around, &error, &model}, out, err);
}

result_t view_confirm_page(arena_t *arena, const view_frame_t *frame, const view_confirm_t *page,
                           str_t *out, err_t *err) {
    const model_frame_t around = views_frame(arena, frame);
    const model_confirm_t model = {
        .kind = (int)page->kind,
        .token = page->token,
        .form_token = page->form_token,
        .organization = str_is_empty(page->organization) ? around.app : page->organization,
        .connection = page->connection,
        .inviter = page->inviter,
        .email = page->email,
    };
    return views_page(views_template(frame, MODEL_CONFIRM), arena,
                      (const void *[]){&around, &model}, out, err);
}
