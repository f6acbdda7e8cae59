// What the view tests share: loaded views, a sample of every page, and searching in text.
#pragma once
#include "view/view.h"

// The settings that a test changes before it loads.
settings_t help_settings(void);

// Loads views or fails the test. The caller frees them.
views_t *help_views(const settings_t *settings);

typedef struct {
    arena_t *arena;
    view_frame_t frame;
    str_t value; // stands in every slot that takes text
    str_t url;   // stands in every slot that takes a URL
} help_sample_t;

// One page of each form and kind, HELP_PAGES in all.
enum { HELP_PAGES = 18 + 11 + 8 + VIEW_NOTICE_COUNT + 3 + 1 + 2 + 4 + 2 + 2 + 3 };
str_t help_page(const help_sample_t *sample, int index);

view_mail_t help_mail(const help_sample_t *sample);
view_mail_t help_invitation(const help_sample_t *sample);

bool help_has(str_t text, const char *wanted);
size_t help_count(str_t text, const char *wanted);

// Writes `text` as the file `name` below a new folder and returns the folder. The test's process
// ends soon; help_folder_remove takes both away.
typedef struct {
    char path[64];
    char file[160];
} help_folder_t;
help_folder_t help_folder(const char *name, const char *text);
void help_folder_remove(const help_folder_t *folder);
