// GET /assets/<hash>/<name>: the stylesheet, the script and the marks, by the hash of their
// content. GET /favicon.ico: the mark, for whoever asks without having read a page.
#include "handle/endpoints.h"

result_t handle_asset(call_t *call, response_t *out) {
    view_asset_t asset;
    if (!view_asset(call->views, call->request->path, &asset)) {
        return FAIL(&call->err, NOT_FOUND, "not_found", "no such asset");
    }
    const bool is_gzip = call->request->accepts_gzip && asset.gzip.len > 0;
    const bytes_t body = is_gzip ? asset.gzip : asset.plain;
    out->status = 200;
    out->content_type = asset.content_type;
    out->body = (str_t){(const char *)body.ptr, body.len};
    // The hash in the path changes with the content (RFC 9111 5.2.2, RFC 8246). What only stands in
    // for another version's file must not be kept as that file.
    out->cache_control = asset.is_current ? STR("public, max-age=31536000, immutable")
                                          : STR("public, max-age=0, must-revalidate");
    response_header(out, STR("vary"), STR("accept-encoding"));
    if (is_gzip) {
        response_header(out, STR("content-encoding"), STR("gzip"));
    }
    return OK;
}
