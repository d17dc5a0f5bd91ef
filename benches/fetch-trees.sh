#!/usr/bin/env bash
# Fetches the packages of trees.txt and unpacks each into FOLDER/KIND-NAME-VERSION.
#
#     benches/fetch-trees.sh FOLDER [small|large|npm]
#
# small (the default) stops at 300 MB of text, large at 1 GB; the list's order decides what is in
# them, so every machine has the same bytes. npm is the whole of npm.txt instead. A package that stands in FOLDER already is left as it
# is. Archives inside packages are not opened. The last line says what FOLDER's set weighs.
#
# Each package comes by the ordinary client of its registry (cargo, npm, pip) and is only
# unpacked: no build script, install hook or set-up code runs. Of PyPI only wheels without compiled
# code are asked for. Needs cargo, npm, pip, unzip and the GNU versions of find, grep and stat.
# Exit status: 0 the set is complete, 1 a package or the size cannot be had, 2 wrong use.
set -euo pipefail

lists=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$lists/trees.txt

fail() {
    printf 'fetch-trees: %s\n' "$2" >&2
    exit "$1"
}

# Cargo downloads and unpacks a package to describe it; the copy comes from its source folder.
# An empty folder around it keeps a workspace's lock file from choosing another version.
fetch_crate() {
    local name=$1 version=$2 into=$3 found
    (cd "$work" && cargo info --quiet "$name@$version" >/dev/null) || return 1
    for found in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-$version"; do
        [[ -d $found ]] || continue
        cp -R "$found" "$into" && rm -f "$into/.cargo-ok"
        return
    done
    return 1
}

fetch_npm() {
    local name=$1 version=$2 into=$3
    npm pack --ignore-scripts --silent --pack-destination "$work" "$name@$version" >/dev/null ||
        return 1
    mkdir "$into" && tar -xzf "$work"/*.tgz -C "$into" --strip-components=1 --no-same-owner
}

# Implementation, ABI and platform leave only wheels that hold no compiled code.
fetch_pypi() {
    local name=$1 version=$2 into=$3
    python3 -m pip download --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --python-version 3.14 --implementation py --abi none --platform any \
        --dest "$work" "$name==$version" || return 1
    mkdir "$into" && unzip -q "$work"/*.whl -d "$into"
}

# Prints the bytes of a folder's regular files that hold no NUL: what a scanner reads as text.
text_bytes() {
    local all binary
    all=$(find "$1" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%d", n }')
    binary=$( (LC_ALL=C grep -rlaPZ '\x00' "$1" || true) | xargs -0 -r stat -c %s -- |
        awk '{ n += $1 } END { printf "%d", n }')
    echo $((all - binary))
}

[[ $# -eq 1 || $# -eq 2 ]] || fail 2 'usage: fetch-trees.sh FOLDER [small|large|npm]'
case ${2:-small} in
    small) wanted=300000000 ;;
    large) wanted=1000000000 ;;
    npm) wanted=0 list=$lists/npm.txt ;;
    *) fail 2 "unknown set $2; known: small, large, npm" ;;
esac
for tool in cargo npm python3 unzip tar; do
    command -v "$tool" >/dev/null || fail 2 "$tool is needed and was not found"
done
mkdir -p "$1"
folder=$(cd "$1" && pwd)
work=$folder/.fetching
trap 'rm -rf "$work"' EXIT

text=0
folders=()
while read -r kind name version rest; do
    [[ -n $kind && $kind != \#* ]] || continue
    [[ $kind =~ ^(crate|npm|pypi)$ && -n $version && -z $rest ]] ||
        fail 1 "${list##*/}: not KIND NAME VERSION: $kind $name $version $rest"
    flat=${name#@}
    folders+=("$folder/$kind-${flat//\//-}-$version")
    if [[ ! -d ${folders[-1]} ]]; then
        rm -rf "$work" && mkdir "$work"
        "fetch_$kind" "$name" "$version" "$work/unpacked" </dev/null ||
            fail 1 "$kind $name $version cannot be had"
        chmod -R u+rwX "$work/unpacked"
        mv "$work/unpacked" "${folders[-1]}"
    fi
    text=$((text + $(text_bytes "${folders[-1]}")))
    printf '%11d bytes of text with %s %s %s\n' "$text" "$kind" "$name" "$version"
    [[ $wanted -eq 0 || $text -lt $wanted ]] || break
done <"$list"

[[ $text -ge $wanted ]] || fail 1 "the list holds only $text of $wanted bytes of text"
find "${folders[@]}" -type f -printf '%s\n' |
    awk -v text="$text" -v packages="${#folders[@]}" '{ n += $1 } END {
        printf "%d bytes, %d of them text, %d files, %d packages\n", n, text, NR, packages
    }'
