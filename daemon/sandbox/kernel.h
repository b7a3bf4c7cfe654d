/* kernel.h - what of our walls the running kernel offers, for `wardftpd -V`. */
#ifndef SANDBOX_KERNEL_H
#define SANDBOX_KERNEL_H

/* One line each on standard output.  Tries in forked children, so that nothing stays. */
void kernel_print_offers(void);

#endif
