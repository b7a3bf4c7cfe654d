/* SPDX-License-Identifier: BSD-2-Clause */
/* compose.c - keys that several options of a peer make together. */
#include "tools/import/import.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

static void set(struct import *import, const char *section, const char *key, const char *value,
                const char *of)
{
    static const struct peer_option none = { .name = "", .remark = "" };
    const struct line *line = of ? given_line(import, of) : NULL;
    set_key(import, section, key, value, line, line ? NULL : &none, "");
}

static bool says_yes(const struct import *import, const char *name, bool unset)
{
    const char *value = given(import, name);
    return value ? is_yes(value) : unset;
}

static void compose_vsftpd_address(struct import *import)
{
    const char *port = given(import, "listen_port"), *host = given(import, "listen_address"),
               *host6 = given(import, "listen_address6");
    const bool six = says_yes(import, "listen_ipv6", false);
    char text[256];
    if (!port && !host && !host6)
        return;
    if (!port)
        port = "21";
    if (six && host6)
        (void)text_format(text, sizeof text, "[%.60s]:%.8s", host6, port);
    else if (six)
        (void)text_format(text, sizeof text, "0.0.0.0:%.8s, [::]:%.8s", port, port);
    else
        (void)text_format(text, sizeof text, "%.60s:%.8s", host ? host : "0.0.0.0", port);
    set(import, "listener default", "address", text,
        given(import, "listen_port")      ? "listen_port"
        : given(import, "listen_address") ? "listen_address"
                                          : "listen_address6");
}

static void compose_vsftpd_ports(struct import *import)
{
    const char *first = given(import, "pasv_min_port"), *last = given(import, "pasv_max_port");
    char text[64];
    if (!first && !last)
        return;
    (void)text_format(text, sizeof text, "%.8s-%.8s", first ? first : "1024",
                      last ? last : "65535");
    set(import, "listener default", "passive_ports", text,
        first ? "pasv_min_port" : "pasv_max_port");
}

/* The certificate's file may hold the key, too. */
static void compose_vsftpd_key(struct import *import)
{
    const char *certificate = given(import, "rsa_cert_file");
    if (!certificate) {
        certificate = "/usr/share/ssl/certs/vsftpd.pem";
        set(import, "tls", "certificate", certificate, NULL);
    }
    if (!given(import, "rsa_private_key_file"))
        set(import, "tls", "key", certificate, "rsa_cert_file");
}

void compose_vsftpd(struct import *import)
{
    compose_vsftpd_address(import);
    compose_vsftpd_ports(import);
    if (says_yes(import, "dirmessage_enable", false) && given(import, "message_file"))
        set(import, "defaults", "directory_message_file", given(import, "message_file"),
            "message_file");
    if (!import->tls) {
        set(import, "tls", "mode", "off", "ssl_enable");
        return;
    }
    compose_vsftpd_key(import);
    set(import, "tls", "mode",
        says_yes(import, "force_local_logins_ssl", true) ? "required" : "optional",
        "force_local_logins_ssl");
    set(import, "tls", "data",
        says_yes(import, "force_local_data_ssl", true) ? "required" : "optional",
        "force_local_data_ssl");
    set(import, "tls", "data_resume",
        says_yes(import, "require_ssl_reuse", true) ? "required" : "off", "require_ssl_reuse");
}

static void compose_proftpd_address(struct import *import)
{
    const char *port = given(import, "Port"), *host = given(import, "DefaultAddress");
    const bool six = says_yes(import, "UseIPv6", true);
    char text[256];
    if (!port && !host && six)
        return;
    if (port && strcmp(port, "0") == 0) {
        add_note(import, NOTE_NONE, given_line(import, "Port"), "nothing listens there");
        return;
    }
    if (!port)
        port = "21";
    if (host && strchr(host, ':'))
        (void)text_format(text, sizeof text, "[%.60s]:%.8s", host, port);
    else if (host)
        (void)text_format(text, sizeof text, "%.60s:%.8s", host, port);
    else if (six)
        (void)text_format(text, sizeof text, "0.0.0.0:%.8s, [::]:%.8s", port, port);
    else
        (void)text_format(text, sizeof text, "0.0.0.0:%.8s", port);
    set(import, "listener default", "address", text,
        given(import, "Port") ? "Port"
        : host                ? "DefaultAddress"
                              : "UseIPv6");
}

static bool is_one_of(const char *value, const char *a, const char *b)
{
    return value && (strcasecmp(value, a) == 0 || strcasecmp(value, b) == 0);
}

void compose_proftpd(struct import *import)
{
    const char *required = given(import, "TLSRequired"), *options = given(import, "TLSOptions");
    compose_proftpd_address(import);
    if (!import->tls) {
        set(import, "tls", "mode", "off", "TLSEngine");
        return;
    }
    const bool all = required && is_yes(required);
    set(import, "tls", "mode",
        all || is_one_of(required, "ctrl", "ctrl+data") ||
                is_one_of(required, "auth", "auth+data") ||
                is_one_of(required, "ctrl+!data", "auth+!data")
            ? "required"
            : "optional",
        required ? "TLSRequired" : "TLSEngine");
    set(import, "tls", "data",
        all || is_one_of(required, "data", "ctrl+data") || is_one_of(required, "auth+data", "data")
            ? "required"
            : "optional",
        required ? "TLSRequired" : "TLSEngine");
    set(import, "tls", "data_resume",
        options && strstr(options, "NoSessionReuseRequired") ? "off" : "required",
        options ? "TLSOptions" : "TLSEngine");
}

/* "/etc/cert.pem","/etc/key.pem", with or without quotes and blanks. */
static void compose_pureftpd_pair(struct import *import, const char *both)
{
    static const char between[] = "\", \t";
    char one[IMPORT_TEXT_ROOM];
    const char *first = both + strspn(both, between);
    const size_t n = strcspn(first, between);
    const char *second = first + n + strspn(first + n, between);
    (void)text_format(one, sizeof one, "%.*s", (int)n, first);
    set(import, "tls", "certificate", one, "CertFileAndKey");
    (void)text_format(one, sizeof one, "%.*s", (int)strcspn(second, between), second);
    set(import, "tls", "key", one, "CertFileAndKey");
}

void compose_pureftpd(struct import *import)
{
    const char *level = given(import, "TLS"), *both = given(import, "CertFileAndKey");
    if (!import->tls) {
        set(import, "tls", "mode", "off", "TLS");
        return;
    }
    set(import, "tls", "mode", strcmp(level, "1") == 0 ? "optional" : "required", "TLS");
    set(import, "tls", "data", strcmp(level, "3") == 0 ? "required" : "optional", "TLS");
    if (both) {
        compose_pureftpd_pair(import, both);
    } else if (!given(import, "CertFile")) {
        set(import, "tls", "certificate", "/etc/ssl/private/pure-ftpd.pem", NULL);
        set(import, "tls", "key", "/etc/ssl/private/pure-ftpd.pem", NULL);
    }
}
