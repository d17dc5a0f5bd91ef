# shellcheck shell=bash
# Shell functions that the measuring scripts share; source it, do not run it.
#
# CPU time is what bash's `time` reports for a whole process, its threads and its children: user
# plus system seconds. Wall time is left out, since it tells more about a busy machine than about
# the program.

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$2" >&2
    exit "$1"
}

# cpu_seconds "STATUSES" COMMAND [ARGUMENT]...: runs the command, its output thrown away, and prints
# the CPU seconds it took. Fails when it ends with a status that is not in the list.
#
# Call it in an assignment of its own (`x=$(cpu_seconds ...)`): bash loses a failure elsewhere.
cpu_seconds() {
    local accepted=" $1 " status=0 times TIMEFORMAT='%3U %3S'
    shift
    times=$({ time "$@" >/dev/null 2>&1 </dev/null; } 2>&1) || status=$?
    [[ $accepted == *" $status "* ]] || fail 1 "status $status of: $*"
    awk '{ printf "%.3f\n", $1 + $2 }' <<<"$times"
}

# median VALUE...: prints the middle value; of an even number the lower middle one.
median() {
    printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"
}

# describe_data FOLDER: prints how many bytes and files the measurement reads.
describe_data() {
    find "$1" -type f -printf '%s\n' |
        awk -v folder="$1" '{ n += $1 } END {
            printf "data: %s: %d bytes, %d files\n", folder, n, NR
        }'
}
