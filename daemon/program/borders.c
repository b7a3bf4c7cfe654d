/* SPDX-License-Identifier: BSD-2-Clause */
/* borders.c - in every program of the daemon: the borders it was built with. */
#include "daemon/program/borders.h"

#include "border_numbers.h" /* made by scripts/border-numbers */

static const struct {
    const char *name;
    uint64_t number;
} borders[BORDERS] = {
    [BORDER_ORDERS] = { "orders", BORDER_NUMBER_ORDERS },
    [BORDER_START] = { "start", BORDER_NUMBER_START },
    [BORDER_CONFIG] = { "config", BORDER_NUMBER_CONFIG },
    [BORDER_FROM_MASTER] = { "from_master", BORDER_NUMBER_FROM_MASTER },
    [BORDER_ZYGOTE] = { "zygote", BORDER_NUMBER_ZYGOTE },
    [BORDER_TO_NET] = { "to_net", BORDER_NUMBER_TO_NET },
    [BORDER_NET_AUTH] = { "net_auth", BORDER_NUMBER_NET_AUTH },
    [BORDER_AUTH_JAIL] = { "auth_jail", BORDER_NUMBER_AUTH_JAIL },
    [BORDER_NET_JAIL] = { "net_jail", BORDER_NUMBER_NET_JAIL },
    [BORDER_NET_DIALER] = { "net_dialer", BORDER_NUMBER_NET_DIALER },
    [BORDER_NET_KEEPER] = { "net_keeper", BORDER_NUMBER_NET_KEEPER },
    [BORDER_TO_SCRIBE] = { "to_scribe", BORDER_NUMBER_TO_SCRIBE },
    [BORDER_CONTROL] = { "control", BORDER_NUMBER_CONTROL },
    [BORDER_ERRAND] = { "errand", BORDER_NUMBER_ERRAND },
    [BORDER_TO_EVENTS] = { "to_events", BORDER_NUMBER_TO_EVENTS },
    [BORDER_HAND_OVER] = { "hand_over", BORDER_NUMBER_HAND_OVER },
    [BORDER_IMAGE] = { "image", BORDER_NUMBER_IMAGE },
};

const char *border_name(enum border border)
{
    return borders[border].name;
}

uint64_t border_number(enum border border)
{
    return borders[border].number;
}
