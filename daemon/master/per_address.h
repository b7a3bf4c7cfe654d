/* SPDX-License-Identifier: BSD-2-Clause */
/* per_address.h - sessions, bans and new connections by address (IPv4 whole,
 * IPv6 by /64) and by network (IPv6 by /48). */
#ifndef MASTER_PER_ADDRESS_H
#define MASTER_PER_ADDRESS_H

#include "daemon/master/keep.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The clients of one address that wait for a cell, in order of arrival (waiting.c). */
struct address_queue {
    struct address_queue *previous, *next; /* among those that are not empty */
    struct waiting *first, *last;
};

/* NULL: no memory, or no random seed. */
struct address_table *addresses_new(void);

/* The entry of an address, made where there is none; NULL: no memory. */
struct address_entry *address_find(struct address_table *table,
                                   const struct sockaddr_storage *peer);
/* The entry of its network; NULL: IPv4 has none, or no memory. */
struct address_entry *address_find_network(struct address_table *table,
                                           const struct sockaddr_storage *peer);
struct address_entry *address_network(const struct address_entry *entry);
struct address_queue *address_queue(struct address_entry *entry);

/* Clients that wait count as sessions; a session of an address counts for its network, too. */
uint32_t address_sessions(const struct address_entry *entry);
void address_add(struct address_entry *entry);
void address_remove(struct address_table *table, struct address_entry *entry);

void address_ban(struct address_entry *entry, int64_t until_ms);
/* Is the address or its network banned? */
bool address_is_banned(const struct address_entry *entry, int64_t now);

/* How many addresses and networks are banned. */
size_t addresses_banned(const struct address_table *table, int64_t now);

/* May the address make one more connection, at `rate` a second and `burst` at
 * once?  If so, counts it.  rate 0: always. */
bool address_may_connect(struct address_entry *entry, uint32_t rate, uint32_t burst, int64_t now);

/* Frees some of the idle entries: for the master's tick.  Returns how many are left. */
size_t addresses_sweep(struct address_table *table, int64_t now);
/* Frees the entry if it is idle, and then its network's. */
void address_drop_if_idle(struct address_table *table, struct address_entry *entry, int64_t now);

/* For an upgrade: the bans and buckets into the image, and out of it; sessions are counted again.
 * False: no memory. */
void addresses_keep(const struct address_table *table, struct keeping *keeping);
bool addresses_restore(struct address_table *table, const struct kept_head *head,
                       struct kept_reader *reader);

#endif
