/* SPDX-License-Identifier: BSD-2-Clause */
/* test_eprt.c - what eprt.h promises. */
#include "common/eprt.h"

#include "common/addr.h"
#include "common/text.h"
#include "tests/unit/expect.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

/* "host port", or "" of what was left untouched. */
static const char *shown(const struct sockaddr_storage *address, char text[ADDR_TEXT_ROOM + 8])
{
    char host[ADDR_TEXT_ROOM];
    text[0] = '\0';
    if (address->ss_family != 0)
        (void)text_format(text, ADDR_TEXT_ROOM + 8, "%s %u", addr_text(address, host),
                          (unsigned)addr_port(address));
    return text;
}

struct parse_case {
    const char *arg;
    int result;
    const char *address;
};

static void check_parser(int parse(const char *, struct sockaddr_storage *),
                         const struct parse_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sockaddr_storage to = { .ss_family = 0 };
        char text[ADDR_TEXT_ROOM + 8];
        expect_case(i, parse(cases[i].arg, &to), cases[i].result);
        expect_text(i, shown(&to, text), cases[i].address);
    }
}

static void eprt_takes_rfc2428_addresses_and_nothing_else(void **state)
{
    static const struct parse_case cases[] = {
        { "|1|132.235.1.2|6275|", 0, "132.235.1.2 6275" }, /* both from RFC 2428 */
        { "|2|1080::8:800:200C:417A|5282|", 0, "1080::8:800:200c:417a 5282" },
        { "!1!132.235.1.2!6275!", 0, "132.235.1.2 6275" },
        { "~2~::1~65535~", 0, "::1 65535" },
        { "|3|somewhere|21|", -EPROTONOSUPPORT, "" },
        { "|0|somewhere|21|", -EPROTONOSUPPORT, "" },
        { "|1|132.235.1.2|65536|", -EINVAL, "" }, /* must not wrap to 0 */
        { "|1|132.235.1.2|4294967317|", -EINVAL, "" },
        { "|1|132.235.1.2|0|", -EINVAL, "" },
        { "|1|132.235.1.2||", -EINVAL, "" },
        { "|1|132.235.1.2|+21|", -EINVAL, "" },
        { "|1|132.235.1.2| 21|", -EINVAL, "" },
        { "|1|132.235.1.2|21", -EINVAL, "" },
        { "|1|132.235.1.2|21||", -EINVAL, "" },
        { "|1|132.235.1.2|21|x", -EINVAL, "" },
        { "|1|::1|21|", -EINVAL, "" },
        { "|2|132.235.1.2|21|", -EINVAL, "" },
        { "|2|fe80::1%1|21|", -EINVAL, "" },
        { "|1|132.235.1|21|", -EINVAL, "" },
        { "|1|localhost|21|", -EINVAL, "" },
        { "|1||21|", -EINVAL, "" },
        { "||132.235.1.2|21|", -EINVAL, "" },
        { "|-1|132.235.1.2|21|", -EINVAL, "" },
        { "|18446744073709551617|132.235.1.2|21|", -EINVAL, "" },
        { "|2|0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001|21|", -EINVAL, "" },
        { ":2:::1:21:", -EINVAL, "" },
        { "0100132.235.1.20210", -EINVAL, "" },
        { " 1 132.235.1.2 21 ", -EINVAL, "" },
        { "\xa6"
          "1\xa6"
          "132.235.1.2\xa6"
          "21\xa6",
          -EINVAL, "" },
        { "|||", -EINVAL, "" },
        { "|", -EINVAL, "" },
        { "", -EINVAL, "" },
    };
    (void)state;
    check_parser(eprt_parse, cases, COUNT(cases));
}

static void port_takes_six_numbers(void **state)
{
    static const struct parse_case cases[] = {
        { "132,235,1,2,24,131", 0, "132.235.1.2 6275" },
        { "127,0,0,1,255,255", 0, "127.0.0.1 65535" },
        { "127,0,0,1,0,1", 0, "127.0.0.1 1" },
        { "127,000,000,001,004,000", 0, "127.0.0.1 1024" }, /* decimal, whatever the zeros */
        { "127,0,0,1,0,0", -EINVAL, "" },
        { "127,0,0,1,256,0", -EINVAL, "" },
        { "256,0,0,1,4,0", -EINVAL, "" },
        { "127,0,0,1,4", -EINVAL, "" },
        { "127,0,0,1,4,0,0", -EINVAL, "" },
        { "127,0,0,1,4,0 ", -EINVAL, "" },
        { "127,0,0,1, 4,0", -EINVAL, "" },
        { "127,0,0,1,,0", -EINVAL, "" },
        { "127,0,0,-1,4,0", -EINVAL, "" },
        { "127,0,0,0001,4,0", -EINVAL, "" },
        { "127.0.0.1.4.0", -EINVAL, "" },
        { ",,,,,", -EINVAL, "" },
        { "", -EINVAL, "" },
    };
    (void)state;
    check_parser(port_parse, cases, COUNT(cases));
}

static void pasv_replies_are_found_whatever_is_around_them(void **state)
{
    static const struct parse_case cases[] = {
        { "227 Entering Passive Mode (127,0,0,1,4,51).", 0, "127.0.0.1 1075" },
        { "Entering Passive Mode (127,0,0,1,4,51)", 0, "127.0.0.1 1075" },
        { "227 Data transfer will passively listen to 127,0,0,1,4,51", 0, "127.0.0.1 1075" },
        { "227 =127,0,0,1,4,51", 0, "127.0.0.1 1075" },
        { "227 Entering Passive Mode (127, 0, 0, 1, 4, 51)", 0, "127.0.0.1 1075" },
        { "227 Server 2 at 3,4 says (127,0,0,1,4,51)", 0, "127.0.0.1 1075" },
        { "227 Entering Passive Mode (127,0,0,1,0,0)", -EINVAL, "" },
        { "227 Entering Passive Mode (127,0,0,1,4,256)", -EINVAL, "" },
        { "227 Entering Passive Mode (127,0,0,1,4)", -EINVAL, "" },
        { "227 Entering Passive Mode (1127,0,0,1,4,51)", -EINVAL, "" },
        { "227", -EINVAL, "" },
        { "", -EINVAL, "" },
    };
    (void)state;
    check_parser(pasv_reply_parse, cases, COUNT(cases));
}

static void epsv_replies_carry_a_port(void **state)
{
    static const struct {
        const char *text;
        int port;
    } cases[] = {
        { "229 Entering Extended Passive Mode (|||6446|)", 6446 },
        { "(|||6446|).", 6446 },
        { "(really) (|||1|)", 1 },
        { "(!!!65535!)", 65535 },
        { "(|||65536|)", -EINVAL },
        { "(|||0|)", -EINVAL },
        { "(|||6446)", -EINVAL },
        { "(||6446|)", -EINVAL },
        { "(|1|127.0.0.1|6446|)", -EINVAL },
        { "(|||-6446|)", -EINVAL },
        { "(|!|6446|)", -EINVAL },
        { "|||6446|", -EINVAL },
        { "(", -EINVAL },
        { "(|", -EINVAL },
        { "(|||", -EINVAL },
        { "", -EINVAL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_case(i, epsv_reply_parse(cases[i].text), cases[i].port);
}

static void arguments_are_formatted_as_they_are_parsed(void **state)
{
    static const struct {
        const char *address, *eprt, *port; /* NULL: refused */
    } cases[] = {
        { "132.235.1.2:6275", "|1|132.235.1.2|6275|", "132,235,1,2,24,131" },
        { "[2001:db8::1]:65535", "|2|2001:db8::1|65535|", NULL },
        { "[::ffff:132.235.1.2]:1", "|1|132.235.1.2|1|", "132,235,1,2,0,1" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage address;
        char text[64];
        expect_case(i, addr_parse_here(cases[i].address, &address), 1);
        expect_case(i, eprt_format(&address, text, sizeof text), 1);
        expect_text(i, text, cases[i].eprt);
        /* the NUL has no room */
        expect_case(i, eprt_format(&address, text, strlen(cases[i].eprt)), 0);
        expect_case(i, port_format(&address, text, sizeof text), cases[i].port != NULL);
        if (cases[i].port)
            expect_text(i, text, cases[i].port);
    }
    const struct sockaddr_storage none = { .ss_family = AF_UNIX };
    char text[64];
    assert_false(eprt_format(&none, text, sizeof text));
    assert_false(port_format(&none, text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eprt_takes_rfc2428_addresses_and_nothing_else),
        cmocka_unit_test(port_takes_six_numbers),
        cmocka_unit_test(pasv_replies_are_found_whatever_is_around_them),
        cmocka_unit_test(epsv_replies_carry_a_port),
        cmocka_unit_test(arguments_are_formatted_as_they_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
