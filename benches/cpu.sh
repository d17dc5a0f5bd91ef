#!/usr/bin/env bash
# Compares what a scan and a plain search over the same folder cost in CPU time.
#
#     benches/cpu.sh FOLDER LEAKGATE [REFERENCE...]
#
# One side is a whole `leakgate scan` with every shipped rule, ignore files unused, the report
# written to nowhere. The other is REFERENCE, run as given; left out, it is ripgrep counting the
# lines with one fixed string (`rg -c ghp_`, hidden and ignored files included): the price of
# walking, opening and reading the files and of the cheapest search there is. Both run their own
# default number of threads.
#
# After one warm-up run of each, which also brings the files into the page cache, the two
# alternate PAIRS times (5 unless set in the environment), so that a change in the machine's load
# meets both. Printed: user + system seconds of each pair, the medians, their ratio.
# Accepted statuses: 0, 1, 3 of leakgate; 0, 1 of the reference.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

[[ $# -ge 2 ]] || fail 2 'usage: cpu.sh FOLDER LEAKGATE [REFERENCE...]'
folder=$1 leakgate=$2
shift 2
[[ -d $folder ]] || fail 2 "no such folder: $folder"
command -v "$leakgate" >/dev/null || fail 2 "no such program: $leakgate"
scan=("$leakgate" scan --no-ignore --no-progress --format json --output /dev/null "$folder")
reference=("$@")
[[ ${#reference[@]} -gt 0 ]] || reference=(rg -c ghp_ "$folder" --no-ignore --hidden --no-messages)
command -v "${reference[0]}" >/dev/null || fail 2 "no such program: ${reference[0]}"
pairs=${PAIRS:-5}
[[ $pairs =~ ^[1-9][0-9]*$ ]] || fail 2 "PAIRS is not a number from 1: $pairs"

describe_data "$folder"
printf 'leakgate:  %s\nreference: %s\n' "${scan[*]}" "${reference[*]}"
printf '%7s %10s %10s\n' pair leakgate reference
ours=() theirs=()
for ((pair = 0; pair <= pairs; pair++)); do
    our_seconds=$(cpu_seconds '0 1 3' "${scan[@]}")
    their_seconds=$(cpu_seconds '0 1' "${reference[@]}")
    if [[ $pair -eq 0 ]]; then
        printf '%7s %10s %10s\n' warm-up "$our_seconds" "$their_seconds"
        continue
    fi
    printf '%7d %10s %10s\n' "$pair" "$our_seconds" "$their_seconds"
    ours+=("$our_seconds")
    theirs+=("$their_seconds")
done
awk -v ours="$(median "${ours[@]}")" -v theirs="$(median "${theirs[@]}")" 'BEGIN {
    ratio = theirs > 0 ? sprintf("%.2f", ours / theirs) : "undefined"
    printf "median: leakgate %s s, reference %s s, ratio %s\n", ours, theirs, ratio
}'
