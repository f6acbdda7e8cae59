// Domains of public mail providers.
#include "base/domain_mail.h"
#include <criterion/criterion.h>

static bool is_public(const char *domain) {
    return domain_is_public_mail(str_from_c(domain));
}

Test(base_domain_mail, knows_the_well_known_ones_first_and_last_of_the_list_included) {
    static const char *const NAMES[] = {"gmail.com",   "outlook.com", "yahoo.co.uk", "icloud.com",
                                        "proton.me",   "gmx.de",      "mail.ru",     "qq.com",
                                        "yopmail.com", "163.com",     "0815.ru",     "zoznam.sk"};
    size_t known = 0;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        known += is_public(NAMES[i]);
    }
    cr_assert_eq(known, 11); // 0815.ru is none of them
    cr_assert(is_public("zoznam.sk") && is_public("012.net.il"));
}

Test(base_domain_mail, what_lies_below_one_is_the_providers_too) {
    cr_assert(is_public("x.gmail.com"));
    cr_assert(is_public("a.b.yahoo.co.uk"));
}

Test(base_domain_mail, others_are_somebodys_own) {
    static const char *const NAMES[] = {
        "acme.com", "notgmail.com", "gmail.com.acme.com", "com",       "co.uk", "gmail", "",
        ".",        "megacorp.org", "gmail.co",           "ygmail.com"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        cr_assert_not(is_public(NAMES[i]), "%s", NAMES[i]);
    }
}
