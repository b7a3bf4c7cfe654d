/* SPDX-License-Identifier: BSD-2-Clause */
/* test_addr.c - what addr.h promises. */
#include "common/addr.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <sys/socket.h>

static void addresses_are_read_with_their_ports(void **state)
{
    static const struct {
        const char *text, *host; /* NULL: refused */
        int family;
        unsigned port;
    } cases[] = {
        { "192.0.2.1:21", "192.0.2.1", AF_INET, 21 },
        { "0.0.0.0:0", "0.0.0.0", AF_INET, 0 },
        { "255.255.255.255:65535", "255.255.255.255", AF_INET, 65535 },
        { "[::]:21", "::", AF_INET6, 21 },
        { "[2001:db8::1]:990", "2001:db8::1", AF_INET6, 990 },
        { "[fe80::1%1]:21", "fe80::1", AF_INET6, 21 },
        { "*:21", NULL, 0, 0 },
        { "192.0.2.1", NULL, 0, 0 },
        { "192.0.2.1:", NULL, 0, 0 },
        { "192.0.2.1:65536", NULL, 0, 0 },
        { "192.0.2.1:-1", NULL, 0, 0 },
        { "192.0.2.256:21", NULL, 0, 0 },
        { "[192.0.2.1]:21", NULL, 0, 0 },
        { "::1:21", NULL, 0, 0 }, /* ::1, port 21, or ::1:21? */
        { "[::1:21", NULL, 0, 0 },
        { "[]:21", NULL, 0, 0 },
        { "[::1]21", NULL, 0, 0 },
        { ":21", NULL, 0, 0 },
        { "", NULL, 0, 0 },
        { "[fe80::1%no-such-interface]:21", NULL, 0, 0 },
        { "[fe80::1%]:21", NULL, 0, 0 },
        { "[00000000000000000000000000000000000000000000000000000000000000000000000000000000000000:"
          ":1]:21",
          NULL, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage to = { .ss_family = AF_UNIX };
        char text[ADDR_TEXT_ROOM];
        expect_case(i, addr_parse_here(cases[i].text, &to), cases[i].host != NULL);
        expect_case(i, to.ss_family, cases[i].host ? cases[i].family : AF_UNIX);
        if (!cases[i].host)
            continue;
        expect_text(i, addr_text(&to, text), cases[i].host);
        expect_case(i, addr_port(&to), cases[i].port);
        expect_case(i, addr_size(&to),
                    cases[i].family == AF_INET ? sizeof(struct sockaddr_in)
                                               : sizeof(struct sockaddr_in6));
    }
}

/* A confined process parses clients' text: a scope's name takes a socket to look up. */
static void names_of_interfaces_are_looked_up_only_where_it_says_so(void **state)
{
    struct sockaddr_storage to = { .ss_family = AF_UNIX };
    (void)state;
    assert_false(addr_parse_host("fe80::1%lo", &to));
    assert_int_equal(to.ss_family, AF_UNIX);
    assert_int_equal(addr_in_block(&to, "fe80::1%lo"), -1);
    assert_true(addr_parse_host("fe80::1%1", &to));
    assert_true(addr_parse_host_here("fe80::1%lo", &to));
    assert_true(addr_parse_here("[fe80::1%lo]:21", &to));
}

static struct sockaddr_storage host(const char *text)
{
    struct sockaddr_storage made;
    if (!addr_parse_host(text, &made))
        fail_msg("%s is no address", text);
    return made;
}

static void blocks_hold_their_addresses(void **state)
{
    static const struct {
        const char *address, *block;
        int wanted;
    } cases[] = {
        { "10.1.2.3", "10.0.0.0/8", 1 },
        { "11.1.2.3", "10.0.0.0/8", 0 },
        { "10.1.2.3", "10.9.9.9/8", 1 }, /* bits behind the prefix don't count */
        { "192.0.2.127", "192.0.2.0/25", 1 },
        { "192.0.2.128", "192.0.2.0/25", 0 },
        { "192.0.2.1", "192.0.2.1", 1 },
        { "192.0.2.2", "192.0.2.1", 0 },
        { "192.0.2.2", "192.0.2.3/31", 1 },
        { "192.0.2.1", "0.0.0.0/0", 1 },
        { "2001:db8::1", "0.0.0.0/0", 0 },
        { "192.0.2.1", "::/0", 0 },
        { "2001:db8::1", "::/0", 1 },
        { "2001:db8:ffff::1", "2001:db8::/32", 1 },
        { "2001:db9::1", "2001:db8::/32", 0 },
        { "2001:db8:0:8000::", "2001:db8::/49", 0 },
        { "2001:db8::1", "2001:db8::1/128", 1 },
        { "2001:db8::2", "2001:db8::1/128", 0 },
        { "::ffff:10.1.2.3", "10.0.0.0/8", 1 }, /* a mapped address is the IPv4 one */
        { "10.1.2.3", "::ffff:10.0.0.0/104", 1 },
        { "11.1.2.3", "::ffff:10.0.0.0/104", 0 },
        { "fe80::1%2", "fe80::/10", 1 },
        { "fe80::1%2", "fe80::%3/10", 0 },
        { "192.0.2.1", "192.0.2.0/33", -1 },
        { "192.0.2.1", "192.0.2.0/", -1 },
        { "192.0.2.1", "192.0.2.0/-1", -1 },
        { "192.0.2.1", "192.0.2.0/8/8", -1 },
        { "192.0.2.1", "192.0.2/24", -1 },
        { "192.0.2.1", "2001:db8::/129", -1 },
        { "192.0.2.1", "example", -1 },
        { "192.0.2.1", "/8", -1 },
        { "192.0.2.1", "", -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sockaddr_storage address = host(cases[i].address);
        expect_case(i, addr_in_block(&address, cases[i].block), cases[i].wanted);
    }
}

static void mapped_addresses_become_ipv4(void **state)
{
    struct sockaddr_storage address, plain;
    char text[ADDR_TEXT_ROOM];
    (void)state;
    assert_true(addr_parse_here("[::ffff:192.0.2.1]:2121", &address));
    addr_unmap(&address);
    assert_int_equal(address.ss_family, AF_INET);
    assert_string_equal(addr_text(&address, text), "192.0.2.1");
    assert_int_equal(addr_port(&address), 2121);
    addr_unmap(&address);
    assert_int_equal(addr_port(&address), 2121);
    /* compatible, not mapped */
    plain = host("::192.0.2.1");
    addr_unmap(&plain);
    assert_int_equal(plain.ss_family, AF_INET6);
}

static void keys_are_addresses_or_their_64(void **state)
{
    static const struct {
        const char *a, *b;
        int same;
    } cases[] = {
        { "192.0.2.1", "192.0.2.1", 1 },
        { "192.0.2.1", "192.0.2.2", 0 },
        { "192.0.2.1", "::ffff:192.0.2.1", 1 },
        { "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", 1 },
        { "2001:db8:1:2::1", "2001:db8:1:3::1", 0 },
        { "::", "0.0.0.0", 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage a = host(cases[i].a), b = host(cases[i].b), key_a, key_b;
        addr_set_port(&a, 1234);
        memset(&key_a, 0x55, sizeof key_a);
        memset(&key_b, 0xaa, sizeof key_b);
        addr_key(&a, &key_a);
        addr_key(&b, &key_b);
        expect_case(i, memcmp(&key_a, &key_b, sizeof key_a) == 0, cases[i].same);
        expect_case(i, addr_port(&key_a), 0);
        addr_key(&key_a, &key_a); /* in place, and no further */
        expect_case(i, memcmp(&key_a, &key_b, sizeof key_a) == 0, cases[i].same);
    }
}

static void hosts_are_compared_without_ports(void **state)
{
    static const struct {
        const char *a, *b;
        int same;
    } cases[] = {
        { "192.0.2.1:1", "192.0.2.1:2", 1 },          { "192.0.2.1:1", "192.0.2.2:1", 0 },
        { "[2001:db8::1]:1", "[2001:db8::1]:2", 1 },  { "[2001:db8::1]:1", "[2001:db8::2]:1", 0 },
        { "[fe80::1%1]:1", "[fe80::1%2]:1", 0 }, /* another link's namesake */
        { "[::ffff:192.0.2.1]:1", "192.0.2.1:1", 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage a, b;
        expect_case(i, addr_parse_here(cases[i].a, &a) && addr_parse_here(cases[i].b, &b), 1);
        expect_case(i, addr_same_host(&a, &b), cases[i].same);
    }
}

static void what_a_client_says_means_its_own_host_or_not(void **state)
{
    static const struct {
        const char *said, *peer;
        bool means;
    } cases[] = {
        { "192.0.2.1", "192.0.2.1", true },     { "192.0.2.2", "192.0.2.1", false },
        { "0.0.0.0", "192.0.2.1", true },       { "::", "2001:db8::1", true },
        { "::", "192.0.2.1", false },           { "0.0.0.0", "2001:db8::1", false },
        { "2001:db8::1", "2001:db8::1", true }, { "2001:db8::2", "2001:db8::1", false },
        { "fe80::1", "fe80::1%1", true },       { "fe80::2", "fe80::1%1", false },
        { "fe80::1%2", "fe80::1%1", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage said, peer;
        assert_true(addr_parse_host(cases[i].said, &said) && addr_parse_host(cases[i].peer, &peer));
        expect_case(i, addr_means_host(&said, &peer), cases[i].means);
    }
}

static void other_families_have_neither_text_nor_port(void **state)
{
    struct sockaddr_storage address = { .ss_family = AF_UNIX };
    char text[ADDR_TEXT_ROOM];
    (void)state;
    assert_string_equal(addr_text(&address, text), "?");
    addr_set_port(&address, 21);
    assert_int_equal(addr_port(&address), 0);
    assert_false(addr_same_host(&address, &address));
    assert_int_equal(addr_in_block(&address, "0.0.0.0/0"), 0);
}

static void a_hash_depends_on_address_and_secret(void **state)
{
    struct sockaddr_storage a, b;
    (void)state;
    assert_true(addr_parse_host("192.0.2.1", &a));
    assert_true(addr_parse_host("192.0.2.2", &b));
    assert_int_equal(addr_hash(&a, 1), addr_hash(&a, 1));
    assert_int_not_equal(addr_hash(&a, 1), addr_hash(&b, 1));
    assert_int_not_equal(addr_hash(&a, 1), addr_hash(&a, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_with_their_ports),
        cmocka_unit_test(blocks_hold_their_addresses),
        cmocka_unit_test(mapped_addresses_become_ipv4),
        cmocka_unit_test(keys_are_addresses_or_their_64),
        cmocka_unit_test(hosts_are_compared_without_ports),
        cmocka_unit_test(what_a_client_says_means_its_own_host_or_not),
        cmocka_unit_test(other_families_have_neither_text_nor_port),
        cmocka_unit_test(names_of_interfaces_are_looked_up_only_where_it_says_so),
        cmocka_unit_test(a_hash_depends_on_address_and_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
