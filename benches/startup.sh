#!/usr/bin/env bash
# Measures what leakgate costs before it has read anything: the CPU time of scanning an empty
# folder, from process start to exit, every shipped rule loaded. A commit hook pays this each time.
#
#     benches/startup.sh LEAKGATE
#
# One start takes hardly longer than the 1 ms that bash's `time` resolves, so a run is 10 starts in
# a row and counts a tenth of their user + system time. Part of that is starting any process, which
# is measured beside it as what `true` costs. Printed: the median, least and most of RUNS runs (21
# unless set in the environment) after a warm-up run.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

ten_times() {
    local start
    for ((start = 0; start < 10; start++)); do
        "$@" || return
    done
}

# Prints median, least and most of the runs in milliseconds a start.
report() {
    local name=$1 run seconds all=()
    shift
    for ((run = 0; run <= runs; run++)); do
        seconds=$(cpu_seconds 0 ten_times "$@")
        [[ $run -eq 0 ]] || all+=("$seconds")
    done
    printf '%s\n' "${all[@]}" | sort -g | awk -v name="$name" '{ ms[NR] = $1 * 100 } END {
        printf "%-9s median %.1f ms, least %.1f, most %.1f, of %d runs of 10 starts\n",
            name, ms[int((NR + 1) / 2)], ms[1], ms[NR], NR
    }'
}

[[ $# -eq 1 ]] || fail 2 'usage: startup.sh LEAKGATE'
leakgate=$(type -P "$1") || fail 2 "no such program: $1"
runs=${RUNS:-21}
[[ $runs =~ ^[1-9][0-9]*$ ]] || fail 2 "RUNS is not a number from 1: $runs"
folder=$(mktemp -d)
trap 'rmdir "$folder"' EXIT

describe_data "$folder"
scan=("$leakgate" scan --no-ignore --no-progress --format json --output /dev/null "$folder")
report leakgate "${scan[@]}"
report true "$(type -P true)"
