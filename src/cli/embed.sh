#!/bin/sh
# Writes the checks of `conform` as C, so that the installed program needs no
# files. usage: embed.sh FILE... >conform_texts.c
echo '#include "cli/conform.h"'
n=0
for f in "$@"; do
	echo "static const char text_$n[] = {"
	od -An -v -t u1 "$f" | sed 's/[0-9][0-9]*/(char)&,/g'
	echo '0};'
	n=$((n + 1))
done
echo 'const struct conform_text conform_texts[] = {'
n=0
for f in "$@"; do
	id=${f##*/}
	echo "	{\"${id%.yml}\", text_$n, sizeof(text_$n) - 1},"
	n=$((n + 1))
done
echo '};'
echo "const size_t conform_n_texts = $n;"
