#!/usr/bin/env bash
# Compares what leakgate scans of real packages with what the tool of each format lists, and what that
# costs with unpacking by the tool and scanning the folder.
#
#     benches/containers.sh FOLDER [ROUNDS]
#
# FOLDER holds packages: *.tgz *.crate (tar), *.whl *.jar (unzip), *.deb (dpkg-deb). For each file every
# member that the tool lists as a regular file must be one that leakgate handed to its scanner; those
# that are missing are printed. Then, ROUNDS times (5 by default) and in turns, the CPU time of
# `leakgate scan` of all packages and that of unpacking all and `leakgate scan --no-ignore` of the
# folders; the medians and their ratio are printed. Needs tar, unzip, dpkg-deb and GNU time.
# Exit status: 0 nothing is missing, 1 something is, 2 wrong use.
set -euo pipefail

[[ $# -eq 1 || $# -eq 2 ]] && [[ -d $1 ]] || {
    echo 'usage: containers.sh FOLDER [ROUNDS]' >&2
    exit 2
}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(cd "$1" && pwd)
rounds=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$root" && cargo build --release --quiet --bin leakgate --example members)
target=${CARGO_TARGET_DIR:-$root/target}/release
mapfile -d '' packages < <(find "$folder" -maxdepth 2 -type f \
    \( -name '*.tgz' -o -name '*.crate' -o -name '*.whl' -o -name '*.jar' -o -name '*.deb' \) -print0 | sort -z)

# Prints the regular files of a package as its tool names them.
listed() {
    case $1 in
        *.tgz | *.crate) tar --quoting-style=literal -tvzf "$1" | grep '^-' | sed -E 's/^(\S+\s+){5}//' ;;
        *.whl | *.jar) unzip -Z1 "$1" | grep -v '/$' || true ;;
        *.deb) dpkg-deb --fsys-tarfile "$1" | tar --quoting-style=literal -tv |
            grep '^-' | sed -E 's/^(\S+\s+){5}//' ;;
    esac
}

unpack() {
    mkdir -p "$2"
    case $1 in
        *.tgz | *.crate) tar -xzf "$1" -C "$2" --no-same-owner ;;
        *.whl | *.jar) unzip -q -o "$1" -d "$2" ;;
        *.deb) dpkg-deb -R "$1" "$2" ;;
    esac
    chmod -R u+rwX "$2"
}

n_listed=0
n_missing=0
for package in "${packages[@]}"; do
    listed "$package" | sort >"$work/listed"
    # The name of a member follows the last exclamation mark but for nested archives, whose own
    # members come besides.
    "$target/examples/members" "$package" 2>>"$work/skips" |
        sed -e "s|^.*$(basename "$package" | sed 's/[.[\*^$]/\\&/g')!||" -e 's|^data\.tar[^!]*!||' |
        sort >"$work/scanned"
    n_listed=$((n_listed + $(wc -l <"$work/listed")))
    comm -23 "$work/listed" "$work/scanned" >"$work/missing"
    while read -r name; do
        printf 'missing: %s: %s\n' "${package##*/}" "$name"
        n_missing=$((n_missing + 1))
    done <"$work/missing"
done
printf '%d packages, %d members listed, %d missing, %d skips\n' \
    "${#packages[@]}" "$n_listed" "$n_missing" "$(wc -l <"$work/skips")"
cat "$work/skips"

seconds() {
    command time -o "$work/time" -f '%U %S' "$@" >/dev/null 2>&1 || true
    awk 'END { printf "%.3f\n", $1 + $2 }' "$work/time"
}
export -f unpack
unpack_and_scan() {
    local folder=$1 target=$2 n=0
    shift 2
    for package; do
        n=$((n + 1))
        unpack "$package" "$folder/$n"
    done
    "$target/leakgate" scan --no-ignore --no-progress "$folder"
}
export -f unpack_and_scan
for ((round = 0; round < rounds; round++)); do
    seconds "$target/leakgate" scan --no-ignore --no-progress "${packages[@]}" >>"$work/ours"
    rm -rf "$work/tree"
    seconds bash -c 'unpack_and_scan "$@"' bash "$work/tree" "$target" "${packages[@]}" >>"$work/theirs"
done
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ours=$(median "$work/ours")
theirs=$(median "$work/theirs")
awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "CPU: opened %.2f s, unpacked and scanned %.2f s, ratio %.2f\n", a, b, a / b }'
[[ $n_missing -eq 0 ]]
