#!/bin/sh
# Functions that cannot know the size of what they write or read. Fails with
# file:line for each use.
cd "$(dirname "$0")/../.." || exit 2

if grep -rnE --include='*.[ch]' \
	'(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets)[[:space:]]*\(' \
	src
then
	echo "banned: bound it, or read numbers with parse_u32" >&2
	exit 1
fi
