#!/bin/sh
# Which room may include which: the table of the design. A room may always
# include itself. Fails with file:line for each breach.
cd "$(dirname "$0")/../.." || exit 2

# shellcheck disable=SC2046
awk '
BEGIN {
	may["core"] = ""
	may["trace"] = "core"
	may["net"] = "core trace"
	may["sip"] = "core trace net"
	may["sdp"] = "core"
	may["meta"] = "core"
	may["media"] = "core trace net"
	may["capture"] = "core trace sip sdp media"
	may["call"] = "core trace net sip sdp media capture"
	may["recording"] = "core trace net sip sdp meta media"
	may["recorder"] = "core trace net sip sdp meta media"
	may["scenario"] = "core"
	may["world"] = "core trace net sip sdp meta media capture call " \
		"recording recorder scenario"
	may["expect"] = "core trace sip sdp meta media scenario"
	may["report"] = "core trace sip media expect scenario"
	may["cli"] = "core trace net sip sdp meta media capture call " \
		"recording recorder scenario world expect report"
}

function room_of(path,   part) {
	split(path, part, "/")
	return part[1]
}

# "xpcap.h" is seen only in the rooms that are named.
function only(header, rooms,   i, n, room) {
	if (index($0, "<" header) == 0)
		return
	n = split(rooms, room, " ")
	for (i = 1; i <= n; i++)
		if (index(FILENAME, "src/" room[i]) == 1)
			return
	fault("<" header "...> belongs to " rooms)
}

function fault(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	from = room_of(substr(FILENAME, 5))
	to = room_of(quoted[2])
	if (!(from in may))
		fault("room \"" from "\" is not in the table")
	else if (!(to in may))
		fault("\"" quoted[2] "\" names no room: write \"room/file.h\"")
	else if (from != to && index(" " may[from] " ", " " to " ") == 0)
		fault(from " may not include " to)
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	only("osip", "sip/ core/clock.c")
	only("libxml/", "meta/")
	only("pcap", "capture/")
	only("liburing", "net/sendq.c")
}

END { exit bad }
' $(find src -name '*.[ch]' | sort)
