/* SPDX-License-Identifier: BSD-2-Clause */
/* test_proxy_header.c - the header of the PROXY protocol, and what the greeter may say of it. */
#include "common/addr.h"
#include "common/proxy_header.h"
#include "common/text.h"
#include "daemon/ipc/validate.h"
#include "daemon/protocol/from_master.h"
#include "tests/unit/expect.h"

#include <string.h>

#define BYTES(text) text, sizeof(text) - 1
#define V2          "\r\n\r\n\0\r\nQUIT\n"
#define ENDS4       "\xc0\x00\x02\x07\xc6\x33\x64\x01\x9c\x40\x00\x15" /* 192.0.2.7, 198.51.100.1 */

static const struct {
    const char *bytes;
    size_t n;
    enum proxy_state state;
} cases[] = {
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 40000 21\r\n"), PROXY_CLIENT },
    { BYTES("PROXY TCP6 2001:db8::7 2001:db8::1 40000 21\r\n"), PROXY_CLIENT },
    { BYTES("PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 40000 21\r\n"), PROXY_CLIENT },
    { BYTES("PROXY UNKNOWN\r\n"), PROXY_LOCAL },
    { BYTES("PROXY UNKNOWN what ever\r\n"), PROXY_LOCAL },
    { BYTES(""), PROXY_MORE },
    { BYTES("PROXY TCP4 192.0.2.7"), PROXY_MORE },
    { BYTES("PROXY UNKNOWNS\r\n"), PROXY_BAD },
    { BYTES("PROXY UDP4 192.0.2.7 198.51.100.1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 40000 21\n"), PROXY_BAD },
    { BYTES("PROXY TCP4  192.0.2.7 198.51.100.1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 40000 21 \r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 40000 \r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 0 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 65536 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 040 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2 198.51.100.1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 0.0.0.0 198.51.100.1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 255.255.255.255 198.51.100.1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 224.0.0.1 198.51.100.1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP6 ff02::1 2001:db8::1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP6 :: 2001:db8::1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP6 ::ffff:224.0.0.1 2001:db8::1 40000 21\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 40000 21\0\r\n"), PROXY_BAD },
    { BYTES("PROXY TCP4 192.0.2.7 198.51.100.1\r 40000 21\r\n"), PROXY_BAD },
    { BYTES("USER alice\r\n"), PROXY_BAD },
    { BYTES("PROXY UNKNOWN "
            "345678901234567890123456789012345678901234567890123456789012345678901234567"
            "890123456789012345"),
      PROXY_BAD },
    { BYTES(V2 "\x21\x11\x00\x0c" ENDS4), PROXY_CLIENT },
    { BYTES(V2 "\x21\x11\x00\x0c" ENDS4 "USER"), PROXY_CLIENT },
    { BYTES(V2 "\x21\x11\x00\x13" ENDS4 "\x04\x00\x04"
               "abcd"),
      PROXY_CLIENT },
    { BYTES(V2 "\x20\x00\x00\x00"), PROXY_LOCAL },
    { BYTES(V2 "\x21\x00\x00\x00"), PROXY_LOCAL },
    { BYTES(V2 "\x20\x11\x00\x0c" ENDS4), PROXY_LOCAL },
    { BYTES(V2), PROXY_MORE },
    { BYTES(V2 "\x21\x11\x00\x0c\xc0"), PROXY_MORE },
    { BYTES(V2 "\x31"), PROXY_BAD },
    { BYTES(V2 "\x22"), PROXY_BAD },
    { BYTES(V2 "\x21\x12\x00\x0c" ENDS4), PROXY_BAD }, /* UDP */
    { BYTES(V2 "\x21\x11\x00\x0b" ENDS4), PROXY_BAD }, /* too short for its addresses */
    { BYTES(V2 "\x21\x11\x00\x0e" ENDS4 "\x04\x00"), PROXY_BAD },
    { BYTES(V2 "\x21\x11\x00\x13" ENDS4 "\x04\x00\x05"
               "abcd"),
      PROXY_BAD }, /* a TLV beyond the end */
    { BYTES(V2 "\x21\x11\x00\x13" ENDS4 "\x03\x00\x04"
               "abcd"),
      PROXY_BAD },                               /* a wrong CRC */
    { BYTES(V2 "\x21\x11\x10\x00"), PROXY_BAD }, /* larger than any */
    { BYTES(V2 "\x21\x11\x00\x0c\x00\x00\x00\x00\xc6\x33\x64\x01\x9c\x40\x00\x15"), PROXY_BAD },
    { BYTES(V2 "\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\x00\x00\x00\x15"), PROXY_BAD },
};

static void headers_are_judged(void **state)
{
    struct proxy_header header;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_case(i, (int)proxy_header_parse(cases[i].bytes, cases[i].n, &header),
                    (int)cases[i].state);
}

/* A header may come byte by byte. */
static void each_beginning_asks_for_more(void **state)
{
    struct proxy_header header, part;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (cases[i].state != PROXY_CLIENT && cases[i].state != PROXY_LOCAL)
            continue;
        (void)proxy_header_parse(cases[i].bytes, cases[i].n, &header);
        for (size_t n = 0; n < header.size; n++)
            expect_case(i, (int)proxy_header_parse(cases[i].bytes, n, &part), PROXY_MORE);
    }
}

static void the_client_is_read(void **state)
{
    static const char bytes[] = V2 "\x21\x11\x00\x0c" ENDS4 "USER alice\r\n";
    struct proxy_header header;
    char text[ADDR_TEXT_ROOM];
    (void)state;
    assert_int_equal(proxy_header_parse(BYTES(bytes), &header), PROXY_CLIENT);
    assert_int_equal(header.size, 28);
    assert_string_equal(addr_text(&header.source, text), "192.0.2.7");
    assert_int_equal(addr_port(&header.source), 40000);
    assert_string_equal(addr_text(&header.destination, text), "198.51.100.1");
    assert_int_equal(addr_port(&header.destination), 21);
    assert_int_equal(proxy_header_parse(cases[2].bytes, cases[2].n, &header), PROXY_CLIENT);
    assert_string_equal(addr_text(&header.source, text), "192.0.2.7");
}

/* The sum of the test vector: computed apart, with Castagnoli's polynomial. */
static void the_sum_is_checked(void **state)
{
    char bytes[] = V2 "\x21\x11\x00\x13" ENDS4 "\x03\x00\x04\x05\x23\x32\xf3";
    struct proxy_header header;
    (void)state;
    assert_int_equal(proxy_header_parse(BYTES(bytes), &header), PROXY_CLIENT);
    bytes[16] = 0x0a;
    assert_int_equal(proxy_header_parse(BYTES(bytes), &header), PROXY_BAD);
}

/* A taken greeter can't name an address that is none. */
static void the_greeters_answers_are_judged(void **state)
{
    struct proxy_header header;
    struct tm_greeted message = { .head.type = TM_GREETED, .number = 1 };
    (void)state;
    assert_non_null(validate_greeted(&message));
    message.found = GREETINGS;
    assert_non_null(validate_greeted(&message));
    message.found = GREETING_LOCAL;
    assert_null(validate_greeted(&message));
    message.found = GREETING_CLIENT;
    assert_non_null(validate_greeted(&message));
    (void)proxy_header_parse(cases[0].bytes, cases[0].n, &header);
    message.source = header.source;
    message.destination = header.destination;
    assert_null(validate_greeted(&message));
    addr_set_port(&message.source, 0);
    assert_non_null(validate_greeted(&message));
    message.source.ss_family = AF_UNIX;
    assert_non_null(validate_greeted(&message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_judged),
        cmocka_unit_test(each_beginning_asks_for_more),
        cmocka_unit_test(the_client_is_read),
        cmocka_unit_test(the_sum_is_checked),
        cmocka_unit_test(the_greeters_answers_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
