# wardftpd's build.  No configure step: `make`, `make check`, `make lint`,
# `make install DESTDIR= PREFIX=/usr`; CC=clang, SANITIZE=1 and BUILD=dir choose
# another compiler, ASan and UBSan, another directory for what is built.

MAKEFLAGS += --no-builtin-rules
VERSION := 0.2.0
PREFIX ?= /usr
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec/wardftpd
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
STANDARD := -std=c17 -fno-strict-aliasing -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -I$(BUILD) -DWARDFTPD_VERSION='"$(VERSION)"' \
	-DSYSCONFDIR='"$(SYSCONFDIR)"' -DLIBEXECDIR='"$(LIBEXECDIR)"'
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

# What each program of the daemon links, beside libc.
MASTER_LIBS := -lseccomp -lcap -linih
auth_LIBS := -lcrypt
keeper_LIBS := -lcrypto
net_LIBS := -lssl -lcrypto
dialer_LIBS :=
scribe_LIBS :=
control_LIBS :=
jail_LIBS :=
ROLES := auth dialer keeper scribe control net jail
# The unit tests link all of them.
DAEMON_LIBS := -lssl -lcrypto -lseccomp -lcap -lcrypt -linih
CLIENT_LIBS := -lssl -lcrypto -ledit
PASSWD_LIBS := -lcrypt

sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

COMMON := $(call sources,common)
# What a program may take from, beside its own folder.
CONFIG_READ := daemon/config/image.c daemon/config/policy.c
DAEMON := $(call sources,daemon daemon/config daemon/ipc daemon/protocol daemon/program daemon/sandbox daemon/master daemon/auth daemon/dialer \
	daemon/keeper daemon/scribe daemon/control daemon/zygote daemon/net daemon/jail)
DAEMON_MAINS := daemon/main.c $(ROLES:%=daemon/%/main.c)
CLIENT := $(call sources,client client/engine client/shell client/bench)
UNIT := $(call sources,tests/unit)

ROLE_PROGRAMS := $(ROLES:%=$(BUILD)/libexec/wardftpd/%)
PROGRAMS := $(BUILD)/wardftpd $(ROLE_PROGRAMS) $(BUILD)/wardpasswd $(BUILD)/wardctl $(BUILD)/wardftp
# Daemons whose NET or JAIL, or both, do as an attacker says (tests/border), each in a folder of its own.
HOSTILE_KINDS := net jail early liar auth
HOSTILE := $(HOSTILE_KINDS:%=$(BUILD)/tests/border/%/wardftpd)
# What each role's filter says to a call: tests/border/test_arguments.py.
ARGUMENTS := $(BUILD)/tests/border/arguments
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(filter tests/unit/test_%.c,$(UNIT)))

.PHONY: all check unit lint bench fuzz install clean
all: $(PROGRAMS)

$(BUILD)/libcommon.a: $(call objects,$(COMMON))
$(BUILD)/libdaemon.a: $(call objects,$(filter-out $(DAEMON_MAINS),$(DAEMON)))
$(BUILD)/libclient.a: $(call objects,$(filter-out client/main.c,$(CLIENT)))
$(BUILD)/%.a:
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/wardftpd: $(BUILD)/daemon/main.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(MASTER_LIBS)
# Root executes these, so only their owner may write them, whatever the umask is.
$(BUILD)/libexec/wardftpd/%: $(BUILD)/daemon/%/main.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $($*_LIBS)
	@chmod go-w $(BUILD)/libexec $(@D) $@
$(BUILD)/wardpasswd: $(call objects,$(call sources,tools/wardpasswd)) $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(PASSWD_LIBS)
$(BUILD)/wardctl: $(call objects,$(call sources,tools/wardctl)) $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^
$(BUILD)/wardftp: $(BUILD)/client/main.o $(BUILD)/libclient.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/libdaemon.a $(BUILD)/libclient.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(CLIENT_LIBS) -lcmocka

$(BUILD)/tests/border/hostile-%.o: tests/border/hostile.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DHOSTILE='"$*"' -MMD -MP -c -o $@ $<
$(BUILD)/tests/border/hostile-%-net: $(BUILD)/daemon/net/main.o $(BUILD)/tests/border/hostile-%.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -Wl,--wrap=net_run,--wrap=jail_run,--wrap=judge -o $@ $^ $(DAEMON_LIBS)
$(BUILD)/tests/border/hostile-%-jail: $(BUILD)/daemon/jail/main.o $(BUILD)/tests/border/hostile-%.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -Wl,--wrap=net_run,--wrap=jail_run,--wrap=judge -o $@ $^ $(DAEMON_LIBS)
$(BUILD)/tests/border/hostile-%-auth: $(BUILD)/daemon/auth/main.o $(BUILD)/tests/border/hostile-%.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -Wl,--wrap=net_run,--wrap=jail_run,--wrap=judge -o $@ $^ $(DAEMON_LIBS)
$(BUILD)/tests/border/%/wardftpd: $(BUILD)/wardftpd $(ROLE_PROGRAMS) $(BUILD)/tests/border/hostile-%-net $(BUILD)/tests/border/hostile-%-jail $(BUILD)/tests/border/hostile-%-auth
	@mkdir -p $(@D)/libexec/wardftpd
	ln -f $(ROLE_PROGRAMS) $(@D)/libexec/wardftpd
	ln -f $(BUILD)/tests/border/hostile-$*-net $(@D)/libexec/wardftpd/net
	ln -f $(BUILD)/tests/border/hostile-$*-auth $(@D)/libexec/wardftpd/auth
	ln -f $(BUILD)/tests/border/hostile-$*-jail $(@D)/libexec/wardftpd/jail
	@chmod go-w $(@D)/libexec $(@D)/libexec/wardftpd $(@D)/libexec/wardftpd/*
	ln -f $(BUILD)/wardftpd $@ && touch $@

$(ARGUMENTS): $(BUILD)/tests/border/arguments.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a
	$(CC) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

# A byte that no field names would carry what the sender's memory held: the borders' structs have none.
# The headers that use the configuration's structs declare no message.
MESSAGE_HEADERS := $(filter-out daemon/protocol/certificates.h,$(wildcard daemon/protocol/*.h))
$(BUILD)/padding-checked: $(MESSAGE_HEADERS)
	@mkdir -p $(@D)
	$(foreach header,$^,$(CC) $(STANDARD) -Wpadded -Werror -fsyntax-only -x c $(header) &&) touch $@
all: $(BUILD)/padding-checked

# The numbers of the borders: which programs understand each other.
BORDER_HEADERS := $(wildcard daemon/ipc/*.h daemon/protocol/*.h) daemon/config/config.h daemon/config/options.def daemon/config/fields.h \
	daemon/config/members.def daemon/config/sent.def daemon/roles.h daemon/sandbox/orders.h
$(BUILD)/border_numbers.h: scripts/border-numbers $(BORDER_HEADERS)
	@mkdir -p $(@D)
	scripts/border-numbers > $@.new && mv $@.new $@
$(BUILD)/daemon/program/borders.o: $(BUILD)/border_numbers.h

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
-include $(patsubst %.o,%.d,$(call objects,$(COMMON) $(DAEMON) $(CLIENT) $(UNIT) tests/border/arguments.c $(HOSTILE_KINDS:%=tests/border/hostile-%.c) $(call sources,tools/wardpasswd tools/wardctl)))
