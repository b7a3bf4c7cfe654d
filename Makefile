# wardftpd's build.  No configure step: `make`, `make check`, `make lint`,
# `make install DESTDIR= PREFIX=/usr`; CC=clang, SANITIZE=1 and BUILD=dir choose
# another compiler, ASan and UBSan, another directory for what is built.

VERSION := 0.1.0
PREFIX ?= /usr
SYSCONFDIR ?= /etc
DESTDIR ?=
ifdef SANITIZE
BUILD ?= build/sanitize
else
BUILD ?= build
endif

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wformat=2 -Werror=return-type
# Socket addresses are one object seen through several structs: no strict aliasing.
STANDARD := -std=c17 -fno-strict-aliasing -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -DWARDFTPD_VERSION='"$(VERSION)"' \
	-DSYSCONFDIR='"$(SYSCONFDIR)"'
ifdef SANITIZE
HARDENING := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	-DSANITIZE_BUILD=1
LINK_HARDENING := -fsanitize=address,undefined
else
# Which of these flags the compiler has: some are of newer versions, some of one kind of processor.
has_flags = $(foreach flag,$(1),$(shell echo 'int x;' | $(CC) -Werror -O2 $(flag) -x c -c -o /dev/null - 2>/dev/null && \
	echo $(flag)))
HARDENING := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE \
	$(call has_flags,-ftrivial-auto-var-init=zero -fcf-protection=full -mbranch-protection=standard)
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
CFLAGS ?= -g
override CFLAGS += $(STANDARD) $(WARNINGS) $(HARDENING)
override LDFLAGS += $(LINK_HARDENING)

DAEMON_LIBS := -lssl -lcrypto -lseccomp -lcap -lcrypt -linih
CLIENT_LIBS := -lssl -lcrypto -ledit
PASSWD_LIBS := -lcrypt

sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

COMMON := $(call sources,common)
DAEMON := $(call sources,daemon daemon/border daemon/sandbox daemon/master daemon/auth daemon/dialer \
	daemon/keeper daemon/scribe daemon/control daemon/cradle daemon/net daemon/jail)
CLIENT := $(call sources,client)
UNIT := $(call sources,tests/unit)

PROGRAMS := $(BUILD)/wardftpd $(BUILD)/wardpasswd $(BUILD)/wardctl $(BUILD)/wardftp
# The daemon with a NET and a JAIL that do as an attacker says: tests/border.
HOSTILE := $(BUILD)/tests/border/wardftpd-hostile
# What each role's filter says to a call: tests/border/test_arguments.py.
ARGUMENTS := $(BUILD)/tests/border/arguments
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(filter tests/unit/test_%.c,$(UNIT)))

.PHONY: all check unit lint bench fuzz install clean
all: $(PROGRAMS)

$(BUILD)/libcommon.a: $(call objects,$(COMMON))
$(BUILD)/libdaemon.a: $(call objects,$(filter-out daemon/main.c,$(DAEMON)))
$(BUILD)/libclient.a: $(call objects,$(filter-out client/main.c,$(CLIENT)))
$(BUILD)/%.a:
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/wardftpd: $(BUILD)/daemon/main.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)
$(BUILD)/wardpasswd: $(call objects,$(call sources,tools/wardpasswd)) $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(PASSWD_LIBS)
$(BUILD)/wardctl: $(call objects,$(call sources,tools/wardctl)) $(BUILD)/client/json.o $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^
$(BUILD)/wardftp: $(BUILD)/client/main.o $(BUILD)/libclient.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/libdaemon.a $(BUILD)/libclient.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(CLIENT_LIBS) -lcmocka

$(HOSTILE): $(BUILD)/tests/border/hostile.o $(BUILD)/daemon/main.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -Wl,--wrap=net_run,--wrap=jail_run,--wrap=judge -o $@ $^ $(DAEMON_LIBS)

$(ARGUMENTS): $(BUILD)/tests/border/arguments.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The whole suite, with a line of totals at its end; as root, for chroot.
check: all unit
	scripts/run-tests --build $(BUILD)

unit: $(UNIT_TESTS) $(HOSTILE) $(ARGUMENTS)

lint:
	scripts/lint

# Beside vsftpd, Pure-FTPd and ProFTPD, which are unpacked from their packages; as root.
# BENCH=--quick takes less than five minutes, BENCH=--scaling plots the growth.
bench: all
	tests/bench/run.py --out $(BUILD)/bench $(BENCH)

# Every parser of outsiders' bytes, ten seconds each; FUZZ_SECONDS says otherwise.
FUZZ_SECONDS ?= 10
fuzz:
	scripts/fuzz -t $(FUZZ_SECONDS) -b $(BUILD)/fuzz

install: all
	scripts/install --build $(BUILD) --destdir "$(DESTDIR)" --prefix "$(PREFIX)" --sysconfdir "$(SYSCONFDIR)"

clean:
	rm -rf $(BUILD)

.SECONDARY:
-include $(patsubst %.o,%.d,$(call objects,$(COMMON) $(DAEMON) $(CLIENT) $(UNIT) tests/border/hostile.c tests/border/arguments.c $(call sources,tools/wardpasswd tools/wardctl)))
