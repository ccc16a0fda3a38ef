# siprec-src: see README.md. `make demo` shows it, `make check` tests it.

VERSION := 0.1.0
PREFIX  ?= /usr/local
VARIANT ?= plain
BUILD   ?= build
# One name for it, however it is given: dependencies are kept by name.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
CC      ?= gcc

ifneq ($(VARIANT),plain)
OUT := $(BUILD)/$(VARIANT)
else
OUT := $(BUILD)
endif

# What `make deps` installs: to build, to test, to lint.
DEPS := gcc make pkg-config libosip2-dev libxml2-dev libyaml-dev uuid-dev \
	libjansson-dev libpcap-dev libsndfile1-dev libsamplerate0-dev \
	libspandsp-dev libc-ares-dev libssl-dev libsrtp2-dev zlib1g-dev liburing-dev \
	libcmocka-dev
TEST_DEPS := clang clang-format clang-tidy cppcheck libclang-rt-14-dev \
	valgrind tshark tcpdump libxml2-utils sip-tester mandoc jq \
	libsofia-sip-ua-dev baresip-core kamailio iproute2 python3-jsonschema \
	python3-yaml python3-cryptography zsh fish librsvg2-bin chromium \
	dnsmasq-base openssl rtpengine-daemon

PKGS := libxml-2.0 yaml-0.1 uuid jansson sndfile samplerate libcares libssl libcrypto libsrtp2 \
	zlib
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
	-Wstrict-prototypes
CPPFLAGS += -Isrc -D_GNU_SOURCE -DSIPREC_SRC_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CFLAGS   ?= -O2 -g
CFLAGS   += -std=c11 $(WARN) -fvisibility=hidden -MMD -MP
LDLIBS   += -losip2 -losipparser2 \
	$(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpcap -luring -lspandsp -lm

ifeq ($(VARIANT),asan)
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif

SRC   := $(sort $(wildcard src/*/*.c))
LIB   := $(OUT)/libsiprec-src.a
PROG  := $(OUT)/siprec-src
OBJ   := $(patsubst src/%.c,$(OUT)/obj/%.o,$(filter-out src/cli/main.c,$(SRC)))
UNIT  := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
BENCH := $(patsubst tests/bench/%.c,$(OUT)/bench/%,$(sort $(wildcard tests/bench/bench_*.c)))
FUZZ  := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_OBJ := $(patsubst src/%.c,$(OUT)/fuzz-obj/%.o,$(filter-out src/cli/%,$(SRC)))
# The checks of `conform`, as C.
CHECKS := $(sort $(wildcard conform/*.yml))
OBJ   += $(OUT)/obj/cli/conform_texts.o
FUZZ_CFLAGS := -g -O1 -std=c11 -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fvisibility=hidden -MMD -MP

.PHONY: all deps test-deps bench-deps demo check unit lint bench fuzz pcaps install clean

all: $(PROG)

$(OUT)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUT)/gen/conform_texts.c: $(CHECKS) src/cli/embed.sh
	@mkdir -p $(@D)
	src/cli/embed.sh $(CHECKS) >$@

$(OUT)/obj/cli/conform_texts.o: $(OUT)/gen/conform_texts.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(LIB): $(OBJ)
	@rm -f $@
	ar qcs $@ $^

$(PROG): $(OUT)/obj/cli/main.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(LDLIBS) \
		-lcmocka

$(OUT)/tools/%: tests/tools/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(LDLIBS)

$(OUT)/bench/%: tests/bench/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(LDLIBS)

# Stands beside us and shares nothing with us, not even the checks of VARIANT.
$(OUT)/peers/sofia_srs: tests/peers/sofia_srs.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -O2 -g -std=c11 -Wall -Wextra -o $@ $< \
		$$(pkg-config --cflags --libs sofia-sip-ua)

# libFuzzer is clang's; the whole program is built again with its checks.
$(OUT)/fuzz-obj/%.o: src/%.c
	@mkdir -p $(@D)
	clang $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$(OUT)/fuzz/%: tests/fuzz/%.c $(FUZZ_OBJ)
	@mkdir -p $(@D)
	clang $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# Packages are asked for only when one is missing.
deps:
	@dpkg -s $(DEPS) >/dev/null 2>&1 || { \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $(DEPS); }

test-deps: deps
	@dpkg -s $(TEST_DEPS) >/dev/null 2>&1 || { \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $(TEST_DEPS); }

bench-deps:
	@dpkg -s $(BENCH_DEPS) >/dev/null 2>&1 || { \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $(BENCH_DEPS); } \
		|| echo 'bench: some peers cannot be installed here' >&2

# The flags of pkg-config are known only once the packages are there, so the
# second half is a make of its own.
demo: deps
	@$(MAKE) -s -j $$(nproc) all
	$(PROG) run scenarios/basic/plain-call.yml --keep always --out $(BUILD)/demo -v
	@ls -l $(BUILD)/demo/plain-call

check: test-deps
	@$(MAKE) -s -j $$(nproc) check-now

unit: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

.PHONY: check-now units peers tools
units: $(UNIT)
tools: $(OUT)/tools/rtp_peer
peers: $(OUT)/peers/sofia_srs
check-now: $(PROG) $(UNIT)
	@MAKEFLAGS= BUILD=$(OUT) tests/check.sh

lint: $(PROG)
	@BUILD=$(OUT) tests/lint/lint.sh

bench: bench-deps $(PROG) $(BENCH) $(OUT)/tools/make_load
	@BUILD=$(OUT) tests/bench/bench.sh

fuzz: $(FUZZ)
	@BUILD=$(OUT) tests/fuzz/fuzz.sh

pcaps: $(OUT)/tools/make_pcaps $(OUT)/tools/make_transfers
	for tool in $^; do $$tool pcaps || exit; done

install: $(PROG)
	install -D -m 755 $(PROG) $(DESTDIR)$(PREFIX)/bin/siprec-src
	install -D -m 644 man/siprec-src.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/siprec-src.1
	install -D -m 644 man/siprec-src-scenario.5 \
		$(DESTDIR)$(PREFIX)/share/man/man5/siprec-src-scenario.5
	mkdir -p $(DESTDIR)$(PREFIX)/share/siprec-src
	cp -R scenarios pcaps $(DESTDIR)$(PREFIX)/share/siprec-src/

clean:
	rm -rf $(BUILD)

-include $(wildcard $(OUT)/obj/*/*.d $(OUT)/fuzz-obj/*/*.d $(OUT)/unit/*.d $(OUT)/bench/*.d)
