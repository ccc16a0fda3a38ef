#!/usr/bin/env bash
# Everything about the source that needs no run: `make lint`, also a part of
# `make check`.
. "$(dirname "$0")/../lib.sh"
need clang clang-format clang-tidy cppcheck mandoc
cd "$root" || exit 1

warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2
	-Wstrict-prototypes -Werror)
read -r -a packages < <(pkg-config --cflags \
	libxml-2.0 yaml-0.1 uuid jansson sndfile samplerate libcares libssl libcrypto libsrtp2)
flags=(-std=c11 -D_GNU_SOURCE '-DSIPREC_SRC_VERSION="lint"' -Isrc
	"${packages[@]}")

# Left out of bugprone is what argues about taste, such as macros and widths,
# and what -Wconversion says better.
tidy=-*,bugprone-*,misc-redundant-expression,cert-err34-c
for check in assignment-in-if-condition branch-clone \
	easily-swappable-parameters implicit-widening-of-multiplication-result \
	macro-parentheses narrowing-conversions reserved-identifier \
	sizeof-expression suspicious-string-compare; do
	tidy+=,-bugprone-$check
done

# lint NAME COMMAND...: it fails or prints nothing
lint()
{
	local out

	out=$("${@:2}" 2>&1)
	if [ $? -eq 0 ]; then ok; else
		bad "$1" 'no complaint' "$(printf '%s\n' "$out" |
			grep -v 'warnings\? generated' | head -n 40)"
	fi
}

# on_files GLOB... -- COMMAND...: on both cores, a few files at a time
on_files()
{
	local files=()

	while [ "$1" != -- ]; do
		files+=("$1")
		shift
	done
	shift
	printf '%s\0' "${files[@]}" |
		timeout 400 xargs -0 -P 2 -n 12 "$@"
}

lint 'includes' sh tests/lint/arrows.sh
lint 'functions' sh tests/lint/banned.sh
lint 'options in the man page' sh tests/lint/flags.sh "$prog"
lint 'keys in the man page' sh tests/lint/keys.sh "$prog"
for page in man/*; do
	lint "$page" mandoc -T lint -W warning "$page"
done
lint 'format' on_files src/*/*.[ch] tests/*/*.[ch] -- \
	clang-format --dry-run -Werror
lint 'cppcheck' cppcheck --quiet --std=c11 -j 2 -Isrc -D_GNU_SOURCE \
	--enable=warning,performance,portability --inline-suppr \
	--suppress=missingIncludeSystem --library=tests/lint/jansson.cfg \
	--error-exitcode=1 src
# its files stand before the flags
lint 'clang-tidy' on_files src/*/*.c -- bash -c \
	"exec clang-tidy --quiet --warnings-as-errors='*' --checks='$tidy' "$(
	)'"$@" -- '"${flags[*]@Q}" tidy
for cc in gcc clang; do
	lint "$cc" on_files src/*/*.c -- "$cc" "${flags[@]}" "${warnings[@]}" \
		-fsyntax-only
done
lint 'scenarios' "$prog" check scenarios tests/runs
finish
