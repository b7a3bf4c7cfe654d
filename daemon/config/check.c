/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - checks that involve several keys: ranges that depend on each other,
 * addresses used twice, halves of a pair.  Runs where config.c does. */
#include "daemon/config/load.h"

#include "common/addr.h"
#include "common/home_pattern.h"
#include "common/text.h"
#include "daemon/protocol/auth_jail.h"

#include <string.h>

static void complain_at(struct loader *loader, bool fatal, enum section_class class,
                        const char *key, const char *what)
{
    load_complain_at(loader, fatal, class, key, "%s", what);
}

/* A lower max_sessions lowers the pool's sizes that are not set. */
static void check_pool(struct loader *loader)
{
    struct config *config = loader->config;
    char what[128];
    if (config->pool_max > config->max_sessions) {
        if (load_is_set(loader, SECTION_DAEMON, "pool_max")) {
            (void)text_format(what, sizeof what, "%u is more than max_sessions; %u is used",
                              config->pool_max, config->max_sessions);
            complain_at(loader, false, SECTION_DAEMON, "pool_max", what);
        }
        config->pool_max = config->max_sessions;
    }
    if (config->pool_min <= config->pool_max)
        return;
    if (load_is_set(loader, SECTION_DAEMON, "pool_min") &&
        load_is_set(loader, SECTION_DAEMON, "pool_max")) {
        (void)text_format(what, sizeof what, "%u is more than pool_max, which is %u",
                          config->pool_min, config->pool_max);
        complain_at(loader, true, SECTION_DAEMON, "pool_min", what);
    } else if (load_is_set(loader, SECTION_DAEMON, "pool_min") &&
               config->pool_min <= config->max_sessions) {
        config->pool_max = config->pool_min;
    } else {
        config->pool_min = config->pool_max;
    }
}

static bool is_wildcard(const struct sockaddr_storage *address)
{
    struct sockaddr_storage any;
    return addr_parse_host(address->ss_family == AF_INET ? "0.0.0.0" : "::", &any) &&
           addr_same_host(&any, address);
}

/* Would the second bind fail?  Port 0 is the kernel's choice and never collides. */
static bool collide(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family || addr_port(a) != addr_port(b) || addr_port(a) == 0)
        return false;
    return addr_same_host(a, b) || is_wildcard(a) || is_wildcard(b);
}

static const struct section *listener_section(const struct loader *loader, uint32_t index)
{
    for (size_t i = 0; i < loader->section_count; i++) {
        if (loader->sections[i].class == SECTION_LISTENER && loader->sections[i].index == index)
            return &loader->sections[i];
    }
    return NULL;
}

/* Is listeners[l].addresses[a] used by an earlier listener or address?  That listener, or NULL. */
static const struct listener_config *taken_by(const struct config *config, uint32_t l, uint32_t a)
{
    const struct sockaddr_storage *address = &config->listeners[l].addresses[a];
    for (uint32_t other = 0; other <= l; other++) {
        const struct listener_config *listener = &config->listeners[other];
        const uint32_t count = other == l ? a : listener->address_count;
        for (uint32_t i = 0; i < count; i++) {
            if (collide(&listener->addresses[i], address))
                return listener;
        }
    }
    return NULL;
}

static void check_addresses(struct loader *loader, uint32_t index)
{
    const struct listener_config *listener = &loader->config->listeners[index];
    const struct section *section = listener_section(loader, index);
    const int row = option_find(BLOCK_LISTENER, "address");
    for (uint32_t i = 0; section && i < listener->address_count; i++) {
        const struct listener_config *before = taken_by(loader->config, index, i);
        char text[ADDR_TEXT_ROOM];
        if (before)
            load_complain_key(loader, true, section, row,
                              "%s port %u is taken by [listener %s] already",
                              addr_text(&listener->addresses[i], text),
                              (unsigned)addr_port(&listener->addresses[i]), before->name);
    }
}

static void inherit(enum tls_mode *mode, enum tls_mode from)
{
    if (*mode == TLS_INHERIT)
        *mode = from;
}

static void check_listener_tls(struct loader *loader, struct listener_config *listener,
                               const struct section *section)
{
    struct config *config = loader->config;
    const int mode = option_find(BLOCK_LISTENER, "tls"),
              data = option_find(BLOCK_LISTENER, "tls_data");
    inherit(&listener->tls_mode, config->tls_mode);
    inherit(&listener->tls_data, config->tls_data);
    config->tls_needed = config->tls_needed || listener->tls_mode == TLS_REQUIRED;
    if (!section)
        return;
    if (listener->tls_mode != TLS_OFF && config->tls_mode == TLS_OFF)
        load_complain_key(loader, true, section, mode,
                          "tls.mode is off, which turns TLS off everywhere");
    if (listener->tls_mode == TLS_OFF && config->tls_mode != TLS_OFF && listener->implicit_tls)
        load_complain_key(loader, true, section, mode, "is off, but implicit_tls is on");
    if (listener->tls_mode != TLS_REQUIRED && config->client_certificate == TLS_REQUIRED)
        load_complain_key(loader, true, section, mode,
                          "must be required, as tls.client_certificate is");
    if (listener->tls_mode == TLS_OFF && listener->tls_data == TLS_REQUIRED &&
        config->tls_mode != TLS_OFF)
        load_complain_key(loader, true, section, data,
                          "is required, but TLS is off on this listener");
}

/* Is it the first listener and place where this name appears? */
static bool name_is_new(const struct config *config, uint32_t listener, size_t rule)
{
    const char *name = config->listeners[listener].passive_address[rule].name;
    for (uint32_t i = 0; i <= listener; i++) {
        for (size_t k = 0; k < (i == listener ? rule : PASSIVE_RULES_MAX); k++) {
            if (strcmp(config->listeners[i].passive_address[k].name, name) == 0)
                return false;
        }
    }
    return true;
}

static void check_names(struct loader *loader)
{
    const struct config *config = loader->config;
    size_t count = 0;
    for (uint32_t i = 0; i < config->listener_count; i++) {
        for (size_t k = 0; k < PASSIVE_RULES_MAX; k++) {
            if (!config->listeners[i].passive_address[k].name[0] || !name_is_new(config, i, k) ||
                ++count != PASSIVE_NAMES_MAX + 1)
                continue;
            const struct section *section = listener_section(loader, i);
            if (section)
                load_complain_key(loader, true, section,
                                  option_find(BLOCK_LISTENER, "passive_address"),
                                  "more than %d different names", PASSIVE_NAMES_MAX);
        }
    }
}

/* The client's address is what the balancer says: active connections to it must be asked for. */
static void check_balancers(struct listener_config *listener, const struct section *section)
{
    const int active = option_find(BLOCK_LISTENER, "active");
    if (section && *listener->proxy_from && section->key_lines[active] == LINE_NONE)
        listener->active = false;
}

static void check_listeners(struct loader *loader)
{
    const int implicit = option_find(BLOCK_LISTENER, "implicit_tls");
    for (uint32_t i = 0; i < loader->config->listener_count; i++) {
        const struct section *section = listener_section(loader, i);
        check_addresses(loader, i);
        if (section && loader->config->listeners[i].implicit_tls &&
            loader->config->tls_mode == TLS_OFF)
            load_complain_key(loader, true, section, implicit, "needs TLS, but tls.mode is off");
        check_listener_tls(loader, &loader->config->listeners[i], section);
        check_balancers(&loader->config->listeners[i], section);
    }
    check_names(loader);
}

/* Where a certificate is required, TLS is required, too. */
static void check_client_certificate(struct loader *loader)
{
    struct config *config = loader->config;
    if (config->client_certificate == TLS_OFF)
        return;
    if (!*config->client_ca)
        complain_at(loader, true, SECTION_TLS, "client_certificate", "needs tls.client_ca");
    if (config->tls_mode == TLS_OFF)
        complain_at(loader, true, SECTION_TLS, "client_certificate",
                    "needs TLS, but tls.mode is off");
    if (config->client_certificate != TLS_REQUIRED || config->tls_mode != TLS_OPTIONAL)
        return;
    if (load_is_set(loader, SECTION_TLS, "mode"))
        complain_at(loader, false, SECTION_TLS, "mode",
                    "required is used, as tls.client_certificate is required");
    config->tls_mode = TLS_REQUIRED;
}

/* A certificate that the file names must exist; only the default one may be missing. */
static bool names_certificate(const struct loader *loader)
{
    const struct config *config = loader->config;
    bool named =
        load_is_set(loader, SECTION_TLS, "certificate") || load_is_set(loader, SECTION_TLS, "key");
    for (uint32_t i = 0; i < config->host_count; i++)
        named = named || *config->hosts[i].certificate;
    return *config->certificate && named;
}

static void check_tls(struct loader *loader)
{
    struct config *config = loader->config;
    config->tls_needed = config->tls_needed || names_certificate(loader);
    if (*config->certificate && !*config->key)
        complain_at(loader, true, SECTION_TLS, "certificate", "needs tls.key");
    if (!*config->certificate && *config->key && load_is_set(loader, SECTION_TLS, "key"))
        complain_at(loader, true, SECTION_TLS, "key", "needs tls.certificate");
    if (config->tls_mode == TLS_OFF && config->tls_data == TLS_REQUIRED)
        complain_at(loader, true, SECTION_TLS, "data", "is required, but tls.mode is off");
    check_client_certificate(loader);
}

/* What a section requires must be possible, or its users could never log in. */
static void check_policy(struct loader *loader, const struct section *section)
{
    const struct config *config = loader->config;
    const struct policy *policy = section_block(loader, section);
    if (*policy->client_subject && config->client_certificate == TLS_OFF)
        load_complain_key(loader, true, section, option_find(BLOCK_POLICY, "client_subject"),
                          "needs tls.client_certificate");
    if (policy->tls_mode == TLS_REQUIRED && config->tls_mode == TLS_OFF)
        load_complain_key(loader, true, section, option_find(BLOCK_POLICY, "tls"),
                          "is required, but tls.mode is off");
    if (policy->tls_data == TLS_REQUIRED &&
        (config->tls_mode == TLS_OFF || config->tls_data == TLS_OFF))
        load_complain_key(loader, true, section, option_find(BLOCK_POLICY, "tls_data"),
                          "is required, but TLS is off");
}

static void check_policies(struct loader *loader)
{
    for (size_t i = 0; i < loader->section_count; i++) {
        if (section_kinds[loader->sections[i].class].block == BLOCK_POLICY)
            check_policy(loader, &loader->sections[i]);
    }
}

/* Guests who may change files outside the upload directory could move it away. */
static void check_upload_directory(struct loader *loader, const struct anonymous_config *guests)
{
    if (strcmp(guests->upload_directory, "/") == 0)
        complain_at(loader, true, SECTION_ANONYMOUS, "upload_directory",
                    "is the root: guests could read nothing");
    if (*guests->upload_directory && load_is_set(loader, SECTION_ANONYMOUS, "read_only") &&
        !guests->policy.read_only)
        complain_at(loader, true, SECTION_ANONYMOUS, "upload_directory",
                    "needs read_only = yes, which is about all other directories");
    if (!*guests->upload_directory && guests->list_uploads)
        complain_at(loader, false, SECTION_ANONYMOUS, "list_uploads",
                    "has no effect without upload_directory");
}

/* Settings that look like permissions but have no effect while guests are read-only. */
static void check_guests(struct loader *loader)
{
    const struct anonymous_config *guests = &loader->config->anonymous;
    if (!loader->config->guests)
        return;
    check_upload_directory(loader, guests);
    if (load_is_set(loader, SECTION_ANONYMOUS, "read_only") && !guests->policy.read_only)
        return;
    if (load_is_set(loader, SECTION_ANONYMOUS, "rights") &&
        guests->policy.rights & ~(uint32_t)RIGHTS_READ)
        complain_at(
            loader, false, SECTION_ANONYMOUS, "rights",
            "only list and download have an effect: read_only is yes here unless it is set to no");
    if (load_is_set(loader, SECTION_ANONYMOUS, "dropbox") && guests->policy.dropbox)
        complain_at(loader, false, SECTION_ANONYMOUS, "dropbox",
                    "leaves guests nothing to do: read_only is yes here unless it is set to no");
}

static void check_hosts(struct loader *loader)
{
    const int certificate = option_find(BLOCK_HOST, "certificate");
    const int key = option_find(BLOCK_HOST, "key");
    for (size_t i = 0; i < loader->section_count; i++) {
        const struct section *section = &loader->sections[i];
        if (section->class != SECTION_HOST)
            continue;
        const struct host_config *host = &loader->config->hosts[section->index];
        if (*host->certificate && !*host->key)
            load_complain_key(loader, true, section, certificate, "needs the host's key");
        if (*host->key && !*host->certificate)
            load_complain_key(loader, true, section, key, "needs the host's certificate");
    }
}

/* Homes are made by a pattern only. */
static void check_homes(struct loader *loader)
{
    const struct config *config = loader->config;
    bool makes = home_pattern_fixed(config->defaults.home) > 0;
    for (uint32_t i = 0; i < config->policy_count && !makes; i++)
        makes = home_pattern_fixed(config->policies[i].policy.home) > 0;
    if (config->create_home && !makes)
        complain_at(loader, true, SECTION_DAEMON, "create_home",
                    "needs `home` in [defaults] or another section, with %u in its last part, as "
                    "/srv/ftp/%u");
    if (*config->skeleton && !config->create_home)
        complain_at(loader, false, SECTION_DAEMON, "skeleton", "has no effect without create_home");
}

void config_check(struct loader *loader)
{
    check_pool(loader);
    check_tls(loader);
    check_listeners(loader);
    check_policies(loader);
    check_guests(loader);
    check_hosts(loader);
    check_homes(loader);
}
