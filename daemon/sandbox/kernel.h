/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h - which means of confinement the running kernel supports, for `wardftpd -V`. */
#ifndef SANDBOX_KERNEL_H
#define SANDBOX_KERNEL_H

/* One line for each on standard output.  Tries them in forked children, so that nothing remains. */
void kernel_print_offers(void);

#endif
