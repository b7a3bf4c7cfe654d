# SPDX-License-Identifier: BSD-2-Clause
# wardftpd's build.  No configure step; `make help` lists targets and variables.

# V=1 prints whole commands, `make -s` nothing.  (This reads MAKEFLAGS before options are added to it.)
quiet := $(if $(filter-out 0,$(V))$(findstring s,$(firstword -$(MAKEFLAGS))),,yes)
Q := $(if $(filter-out 0,$(V)),,@)
say = $(if $(quiet),@printf '  %-5s %s\n' $(1) $(2))

MAKEFLAGS += --no-builtin-rules
VERSION := 0.2.0
DESTDIR ?=
ifdef SANITIZE
BUILD ?= build/sanitize
else
BUILD ?= build
endif
# `make install` on its own takes compiler, flags and directories from the build that is there.
ifeq ($(MAKECMDGOALS),install)
-include $(BUILD)/settings.mk
endif
PREFIX ?= /usr
SYSCONFDIR ?= /etc
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec/wardftpd
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/wardftpd
UNITDIR ?= $(PREFIX)/lib/systemd/system

ifeq ($(origin CC),default)
CC := $(or $(BUILT_CC),gcc)
endif
ifeq ($(origin AR),default)
AR := $(or $(BUILT_AR),ar)
endif
CFLAGS ?= -g
# Of packagers and users alone: theirs go after the ones below, and win.
CPPFLAGS ?=
LDFLAGS ?=

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Werror=return-type $(if $(WERROR),-Werror)
# Socket addresses are one object seen through several structs: no strict aliasing.
STANDARD := -std=c17 -fno-strict-aliasing -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -I$(BUILD)
# Debugging information names files from here, so that a build in another directory gives the same programs.
SAME_ANYWHERE := -ffile-prefix-map=$(abspath $(BUILD))=build -ffile-prefix-map=$(CURDIR)=.
ifdef SANITIZE
HARDENING := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	-DSANITIZE_BUILD=1
LINK_HARDENING := -fsanitize=address,undefined
else
# Which of these flags the compiler has: some are of newer versions, some of one kind of processor.
has_flags = $(foreach flag,$(1),$(shell echo 'int x;' | $(CC) -Werror -O2 $(flag) -x c -c -o /dev/null - 2>/dev/null && \
	echo $(flag)))
# Not where the user's own flags say how much, or turn off the optimization that it needs.
FORTIFY := $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
HARDENING := -O2 $(FORTIFY) -fstack-protector-strong -fstack-clash-protection -fPIE \
	$(call has_flags,-ftrivial-auto-var-init=zero -fcf-protection=full -mbranch-protection=standard)
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
COMPILE = $(CC) $(STANDARD) $(SAME_ANYWHERE) $(WARNINGS) $(HARDENING) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(CFLAGS) $(LINK_HARDENING) $(LDFLAGS)

# What each program of the daemon links, in addition to libc.
MASTER_LIBS := -lseccomp -lcap -linih
auth_LIBS := -lcrypt
keeper_LIBS := -lcrypto
net_LIBS := -lssl -lcrypto
dialer_LIBS :=
scribe_LIBS :=
control_LIBS :=
resolver_LIBS :=
greeter_LIBS :=
homes_LIBS :=
rehash_LIBS :=
checker_LIBS :=
events_LIBS :=
metrics_LIBS :=
jail_LIBS :=
# JAIL needs no loader: without one a fork copies less, and what libc has beyond its needs is not there
# (doc/performance.md).  STATIC_JAIL= links it as the others, as does a libc that has no static form.
ifeq ($(origin STATIC_JAIL),undefined)
has_file = $(filter /%,$(shell $(CC) -print-file-name=$(1)))
STATIC_JAIL := $(if $(SANITIZE),,$(and $(call has_file,rcrt1.o),$(call has_file,libc.a),yes))
endif
jail_LINK := $(if $(STATIC_JAIL),-static-pie)
ROLES := auth dialer keeper scribe control homes rehash checker resolver greeter events metrics net jail
# The unit tests link all of them.
DAEMON_LIBS := -lssl -lcrypto -lseccomp -lcap -lcrypt -linih
CLIENT_LIBS := -lssl -lcrypto -ledit
PASSWD_LIBS := -lcrypt

sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

COMMON := $(call sources,common)
# What a program may use in addition to its own folder.
CONFIG_READ := daemon/config/image.c daemon/config/policy.c
DAEMON := $(call sources,daemon daemon/config daemon/ipc daemon/protocol daemon/program daemon/sandbox daemon/master daemon/auth daemon/checkup daemon/dialer \
	daemon/keeper daemon/scribe daemon/control daemon/homes daemon/rehash daemon/checker daemon/resolver daemon/greeter daemon/events daemon/metrics \
	daemon/zygote daemon/net daemon/jail)
DAEMON_MAINS := daemon/main.c $(ROLES:%=daemon/%/main.c)
ENGINE := $(call sources,client/engine)
CLIENT := $(call sources,client client/engine client/shell client/bench client/check)
TOOLS := $(call sources,tools/wardpasswd tools/wardctl tools/import tools/stream tools/run)
UNIT := $(call sources,tests/unit)
SOURCES := $(COMMON) $(DAEMON) $(CLIENT) $(TOOLS)

ROLE_PROGRAMS := $(ROLES:%=$(BUILD)/libexec/wardftpd/%)
PROGRAMS := $(BUILD)/wardftpd $(ROLE_PROGRAMS) $(BUILD)/wardpasswd $(BUILD)/wardctl $(BUILD)/wardftpd-import $(BUILD)/wardftpd-run $(BUILD)/wardftp
# Daemons whose NET or JAIL, or both, do as an attacker says (tests/border), each in a folder of its own.
HOSTILE_KINDS := net jail early liar auth
HOSTILE := $(HOSTILE_KINDS:%=$(BUILD)/tests/border/%/wardftpd)
# What each role's filter says to a call: tests/border/test_arguments.py.
ARGUMENTS := $(BUILD)/tests/border/arguments
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(filter tests/unit/test_%.c,$(UNIT)))

ENGINE_USERS := $(BUILD)/tests/client/engine_example $(BUILD)/tests/client/engine_driver

.PHONY: all check unit unit-tests generated lint bench fuzz install uninstall dist clean help FORCE
all: $(PROGRAMS)

# What is compiled or linked with other flags, by another compiler or of other files is made again; ccache is none.
quoted = '$(subst ','\'',$(1))'
define keep
@mkdir -p $(@D)
@printf '%s\n' $(1) > $@.new
@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
endef
$(BUILD)/compile.flags: FORCE
	$(call keep,$(call quoted,$(filter-out %ccache,$(COMPILE))))
$(BUILD)/link.flags: FORCE
	$(call keep,$(call quoted,$(filter-out %ccache,$(LINK)) $(jail_LINK) $(AR) $(DAEMON_LIBS) $(CLIENT_LIBS) $(SOURCES)))
# The few files that name the version or a directory include it.
$(BUILD)/build_info.h: FORCE
	$(call keep,'#define WARDFTPD_VERSION "$(VERSION)"' '#define SYSCONFDIR "$(SYSCONFDIR)"' '#define LIBEXECDIR "$(LIBEXECDIR)"')
# What `make install` needs to know; directories and flags only where the user named them.
SETTINGS := WERROR CPPFLAGS CFLAGS LDFLAGS PREFIX SYSCONFDIR BINDIR SBINDIR LIBEXECDIR MANDIR DOCDIR UNITDIR
named = $(foreach name,$(SETTINGS),$(if $(filter command environment,$(firstword $(origin $(name)))),$(name)))
hash := \#
literal = $(subst $(hash),\$(hash),$(subst $$,$$$$,$(1)))
ifneq ($(MAKECMDGOALS),install)
all: $(BUILD)/settings.mk
$(BUILD)/settings.mk: FORCE
	$(call keep,'BUILT_CC := $(CC)' 'BUILT_AR := $(AR)' \
		$(foreach name,$(named),$(call quoted,$(name) ?= $(call literal,$($(name))))))
endif
inputs = $(filter %.o %.a,$^)

$(BUILD)/libcommon.a: $(call objects,$(COMMON))
$(BUILD)/libdaemon.a: $(call objects,$(filter-out $(DAEMON_MAINS),$(DAEMON)))
# The client's engine, for any interface: its headers are in scripts/check-borders.
$(BUILD)/libwardftp.a: $(call objects,$(ENGINE))
$(BUILD)/libclient.a: $(call objects,$(filter-out client/main.c $(ENGINE),$(CLIENT)))
$(BUILD)/%.a: $(BUILD)/link.flags
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(inputs)

$(BUILD)/wardftpd: $(BUILD)/daemon/main.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) $(MASTER_LIBS)
# Root executes these, so only their owner may write them, whatever the umask is.
$(BUILD)/libexec/wardftpd/%: $(BUILD)/daemon/%/main.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) $($*_LINK) -o $@ $(inputs) $($*_LIBS)
	@chmod go-w $(BUILD)/libexec $(@D) $@
$(BUILD)/wardpasswd: $(call objects,$(call sources,tools/wardpasswd) daemon/master/skeleton.c $(addprefix daemon/homes/,copy.c clear.c open.c)) $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) $(PASSWD_LIBS)
$(BUILD)/wardctl: $(call objects,$(call sources,tools/wardctl tools/stream)) $(BUILD)/daemon/protocol/events.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) -linih
$(BUILD)/wardftpd-import: $(call objects,$(call sources,tools/import)) $(BUILD)/daemon/protocol/events.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) -linih
$(BUILD)/wardftpd-run: $(call objects,$(call sources,tools/run tools/stream) tools/wardctl/log_line.c tools/wardctl/log_time.c) \
		$(BUILD)/daemon/protocol/events.o $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs)
$(BUILD)/wardftp: $(BUILD)/client/main.o $(BUILD)/libclient.a $(BUILD)/libwardftp.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) $(CLIENT_LIBS)

$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/libdaemon.a $(BUILD)/libclient.a $(BUILD)/libwardftp.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) $(DAEMON_LIBS) $(CLIENT_LIBS) -lcmocka

$(BUILD)/tests/border/hostile-%.o: tests/border/hostile.c $(BUILD)/compile.flags | $(BUILD)/build_info.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(COMPILE) -DHOSTILE='"$*"' -MMD -MP -c -o $@ $<
$(BUILD)/tests/border/hostile-%-net: $(BUILD)/daemon/net/main.o $(BUILD)/tests/border/hostile-%.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -Wl,--wrap=net_run,--wrap=jail_run,--wrap=admission_check -o $@ $(inputs) $(DAEMON_LIBS)
$(BUILD)/tests/border/hostile-%-jail: $(BUILD)/daemon/jail/main.o $(BUILD)/tests/border/hostile-%.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -Wl,--wrap=net_run,--wrap=jail_run,--wrap=admission_check -o $@ $(inputs) $(DAEMON_LIBS)
$(BUILD)/tests/border/hostile-%-auth: $(BUILD)/daemon/auth/main.o $(BUILD)/tests/border/hostile-%.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -Wl,--wrap=net_run,--wrap=jail_run,--wrap=admission_check -o $@ $(inputs) $(DAEMON_LIBS)
$(BUILD)/tests/border/%/wardftpd: $(BUILD)/wardftpd $(ROLE_PROGRAMS) $(BUILD)/tests/border/hostile-%-net $(BUILD)/tests/border/hostile-%-jail $(BUILD)/tests/border/hostile-%-auth
	@mkdir -p $(@D)/libexec/wardftpd
	$(Q)ln -f $(ROLE_PROGRAMS) $(@D)/libexec/wardftpd
	$(Q)ln -f $(BUILD)/tests/border/hostile-$*-net $(@D)/libexec/wardftpd/net
	$(Q)ln -f $(BUILD)/tests/border/hostile-$*-auth $(@D)/libexec/wardftpd/auth
	$(Q)ln -f $(BUILD)/tests/border/hostile-$*-jail $(@D)/libexec/wardftpd/jail
	@chmod go-w $(@D)/libexec $(@D)/libexec/wardftpd $(@D)/libexec/wardftpd/*
	$(Q)ln -f $(BUILD)/wardftpd $@ && touch $@

# Users of the client's engine alone: doc/engine.md's example, and what tests/client/test_engine.py drives.
$(ENGINE_USERS): %: %.o $(BUILD)/libwardftp.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) -lssl -lcrypto

$(ARGUMENTS): $(BUILD)/tests/border/arguments.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $(inputs) $(DAEMON_LIBS)

# The same version with another number, and its steps of the take-over under control of a test
# (tests/server/test_upgrade.py).
NEXT := $(BUILD)/tests/upgrade/next
NEXT_OBJECTS := $(addprefix $(NEXT)/,main.o run.o keep_state.o kept_image.o take_over.o)
NEXT_STEPS := self_test network_restore listeners_restore confine_again renewal_begin shared_succeed
$(NEXT)/build_info.h: $(BUILD)/build_info.h
	@mkdir -p $(@D)
	$(Q)sed 's/\(WARDFTPD_VERSION "[^"]*\)"/\1+next"/' $< > $@
NEXT_COMPILE = $(subst -I$(BUILD),-I$(NEXT) -I$(BUILD),$(COMPILE)) -MMD -MP -c -o $@ $<
$(NEXT)/%.o: daemon/master/%.c $(NEXT)/build_info.h $(BUILD)/compile.flags
	$(call say,CC,$@)
	$(Q)$(NEXT_COMPILE)
$(NEXT)/main.o: daemon/main.c $(NEXT)/build_info.h $(BUILD)/compile.flags
	$(call say,CC,$@)
	$(Q)$(NEXT_COMPILE)
$(NEXT)/cmd_session.o: daemon/net/cmd_session.c $(NEXT)/build_info.h $(BUILD)/compile.flags
	$(call say,CC,$@)
	$(Q)$(NEXT_COMPILE)
$(NEXT)/wardftpd: $(NEXT_OBJECTS) $(BUILD)/tests/upgrade/steps.o $(BUILD)/libdaemon.a $(BUILD)/libcommon.a $(BUILD)/link.flags $(ROLE_PROGRAMS) $(NEXT)/cmd_session.o
	$(call say,LD,$@)
	@mkdir -p $(@D)/libexec/wardftpd
	$(Q)ln -f $(ROLE_PROGRAMS) $(@D)/libexec/wardftpd
	$(Q)rm $(@D)/libexec/wardftpd/net
	$(Q)$(LINK) -o $(@D)/libexec/wardftpd/net $(BUILD)/daemon/net/main.o $(NEXT)/cmd_session.o $(filter %.a,$^) $(net_LIBS)
	@chmod go-w $(@D)/libexec $(@D)/libexec/wardftpd $(@D)/libexec/wardftpd/*
	$(Q)$(LINK) $(NEXT_STEPS:%=-Wl,--wrap=%) -o $@ $(NEXT_OBJECTS) $(BUILD)/tests/upgrade/steps.o $(filter %.a,$^) $(MASTER_LIBS)

# A byte that no field names would carry what the sender's memory held: the borders' structs have none.
# The headers that use the configuration's structs declare no message.
MESSAGE_HEADERS := $(filter-out daemon/protocol/certificates.h,$(wildcard daemon/protocol/*.h))
$(BUILD)/padding-checked: $(MESSAGE_HEADERS)
	@mkdir -p $(@D)
	$(call say,CHECK,the padding of messages)
	$(Q)$(foreach header,$^,$(CC) $(STANDARD) -Wpadded -Werror -fsyntax-only -x c $(header) &&) touch $@
ifdef WERROR
all: $(BUILD)/padding-checked
endif

# The numbers of the borders: which programs understand each other.
BORDER_HEADERS := $(wildcard daemon/ipc/*.h daemon/protocol/*.h) daemon/config/config.h daemon/config/options.def daemon/config/fields.h \
	daemon/config/members.def daemon/config/sent.def daemon/master/kept.h daemon/roles.h daemon/sandbox/orders.h
$(BUILD)/border_numbers.h: scripts/border-numbers $(BORDER_HEADERS)
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)scripts/border-numbers > $@.new && mv $@.new $@
$(BUILD)/daemon/program/borders.o: $(BUILD)/border_numbers.h

$(BUILD)/%.o: %.c $(BUILD)/compile.flags | $(BUILD)/build_info.h
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# The whole suite, with a line of totals at its end; as root, for chroot.
check: all unit
	scripts/run-tests --build $(BUILD)

# What the compiler reads and no file of the tree holds; for linters.
generated: $(BUILD)/border_numbers.h $(BUILD)/build_info.h

unit-tests: $(UNIT_TESTS)
unit: unit-tests $(HOSTILE) $(ARGUMENTS) $(NEXT)/wardftpd $(ENGINE_USERS)

lint:
	scripts/lint

# Compared with vsftpd, Pure-FTPd and ProFTPD, which are unpacked from their packages; as root.
# BENCH=--quick takes less than five minutes, BENCH=--scaling plots the growth.
bench: all
	tests/bench/run.py --out $(BUILD)/bench $(BENCH)

# Every parser of outsiders' bytes, ten seconds each; FUZZ_SECONDS says otherwise.
FUZZ_SECONDS ?= 10
fuzz:
	scripts/fuzz -t $(FUZZ_SECONDS) -b $(BUILD)/fuzz

PLACE = scripts/install --build $(BUILD) --destdir "$(DESTDIR)" --prefix "$(PREFIX)" --sysconfdir "$(SYSCONFDIR)" \
	--bindir "$(BINDIR)" --sbindir "$(SBINDIR)" --libexecdir "$(LIBEXECDIR)" --mandir "$(MANDIR)" \
	--docdir "$(DOCDIR)" --unitdir "$(UNITDIR)"
install: all
	$(Q)$(PLACE)

uninstall:
	$(Q)$(PLACE) --remove

# The sources as a package takes them, from git or from such an unpacked archive.
dist:
	$(Q)scripts/dist --version $(VERSION) --output $(BUILD)

clean:
	$(call say,RM,$(BUILD))
	$(Q)rm -rf $(BUILD)

define HELP
Targets:
  all        the programs (the default)          unit       the unit tests and tests/border's programs
  check      every test; as root                 lint       all checks that need no running program
  bench      beside other servers; as root       fuzz       each parser for FUZZ_SECONDS (10)
  install    below DESTDIR and PREFIX            uninstall  what install put there; never configuration or data
  dist       BUILD/wardftpd-VERSION.tar.gz       clean      removes BUILD
Variables:
  CC=clang, CPPFLAGS, CFLAGS, LDFLAGS            yours go after wardftpd's own, and so win
  V=1        whole commands                      WERROR=1   warnings are errors, as in check and lint
  BUILD=DIR  where to build (build)              SANITIZE=1 with ASan and UBSan, in build/sanitize
  STATIC_JAIL=   links JAIL with a dynamic libc, as the other programs
  PREFIX (/usr), SYSCONFDIR (/etc), DESTDIR, BINDIR, SBINDIR, LIBEXECDIR, MANDIR, DOCDIR, UNITDIR
endef
help:
	@: $(info $(HELP))

.SECONDARY:
-include $(patsubst %.o,%.d,$(call objects,$(SOURCES) $(UNIT) tests/border/arguments.c tests/upgrade/steps.c $(call sources,tests/client) $(HOSTILE_KINDS:%=tests/border/hostile-%.c)))
-include $(wildcard $(NEXT)/*.d)
