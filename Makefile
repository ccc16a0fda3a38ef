# siprec-src: see README.md. `make demo` shows it, `make check` tests it.

VERSION   := 0.1.0
PREFIX    ?= /usr/local
VARIANT   ?= plain
BUILD     ?= build
CC        ?= gcc

ifneq ($(VARIANT),plain)
OUT := $(BUILD)/$(VARIANT)
else
OUT := $(BUILD)
endif

PKGS := libxml-2.0 yaml-0.1 uuid jansson sndfile samplerate
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
	-Wstrict-prototypes
CPPFLAGS += -Isrc -D_GNU_SOURCE -DSIPREC_SRC_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(PKGS))
CFLAGS   ?= -O2 -g
CFLAGS   += -std=c11 $(WARN) -fvisibility=hidden -MMD -MP
LDLIBS   += -losip2 -losipparser2 $(shell pkg-config --libs $(PKGS)) \
	-lpcap -lspandsp -lm

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

.PHONY: all deps demo check unit lint bench install clean
all: $(PROG)

$(OUT)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^

$(PROG): $(OUT)/obj/cli/main.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(LDLIBS) -lcmocka

unit: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

clean:
	rm -rf $(BUILD)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
