#!/bin/sh
# Prints the folder that holds Apache Kafka's jars, and fetches them from Maven
# Central the first time. Ends with status 3 and one line on standard error
# where that cannot be done.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
version=$(sed -n 's:.*<kafka\.version>\(.*\)</kafka\.version>.*:\1:p' "$here/pom.xml")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ticketmill
dir=$cache/kafka-$version

without() {
	echo "real Kafka not tested: $1" >&2
	exit 3
}

command -v java >/dev/null || without "no java"
major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
[ "${major:-0}" -ge 17 ] || without "java is older than 17"

if [ ! -d "$dir" ]; then
	command -v mvn >/dev/null || without "no mvn"
	mkdir -p "$cache"
	part=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$part"' EXIT
	mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies \
		-DincludeScope=runtime -DoutputDirectory="$part/jars" >"$part/log" 2>&1 ||
		without "the jars could not be had from Maven Central"
	# Another run may have been faster; its folder is as good.
	[ -d "$dir" ] || mv "$part/jars" "$dir"
fi
echo "$dir"
