#!/usr/bin/env bash
# Measures what a commit hook costs: the CPU time of `leakgate staged` in a repository of many files
# of which ten have changed, beside that of what it cannot do without.
#
#     benches/staged.sh LEAKGATE
#
# For each number of files (FILES, "10000 100000" unless set in the environment) a repository is made
# in a temporary folder, committed and packed; then ten files in as many folders get another line and
# are staged. Printed are the medians of RUNS runs (5 unless set), user + system milliseconds, of
#
#     staged      leakgate staged
#     start       leakgate scan of an empty folder: starting and loading every rule
#     git diff    git diff --cached --quiet: git compares the same index with the same commit
#     git index   git ls-files -s: git reads the index
#
# Each run counts five starts, as one takes hardly longer than what bash's `time` resolves.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

five_times() {
    local start
    for ((start = 0; start < 5; start++)); do
        # `git diff --quiet` answers 1 where something is staged.
        "$@" || [[ $? -eq 1 ]] || return
    done
}

# Makes a repository of so many files, ten of which are changed and staged.
make_repository() {
    local files=$1
    git init -q .
    # Folders of 100 files, 20 folders in each folder above.
    awk -v files="$files" 'BEGIN {
        for (n = 0; n < files; n++) {
            folder = sprintf("d%d/e%d", n / 2000, n / 100 % 20)
            if (!(folder in made)) { print "mkdir -p " folder | "sh"; made[folder] = 1 }
        }
        close("sh")
        for (n = 0; n < files; n++) {
            path = sprintf("d%d/e%d/file%d.txt", n / 2000, n / 100 % 20, n)
            printf "file %d\nof some lines\nthat differ %d\n", n, n * n >path
            close(path)
        }
    }'
    git add .
    git commit -q -m 'many files'
    git repack -a -d -q
    local n path
    for ((n = 0; n < 10; n++)); do
        path=$(git ls-files | sed -n "$((n * files / 10 + 1))p")
        echo "another line $n" >>"$path"
        git add "$path"
    done
}

# Prints the median of the runs in milliseconds a start.
report() {
    local name=$1 run seconds all=()
    shift
    for ((run = 0; run <= runs; run++)); do
        seconds=$(cpu_seconds 0 five_times "$@")
        [[ $run -eq 0 ]] || all+=("$seconds")
    done
    awk -v name="$name" -v seconds="$(median "${all[@]}")" \
        'BEGIN { printf "  %-9s %7.1f ms\n", name, seconds * 1000 / 5 }'
}

[[ $# -eq 1 ]] || fail 2 'usage: staged.sh LEAKGATE'
leakgate=$(realpath "$(type -P "$1")") || fail 2 "no such program: $1"
runs=${RUNS:-5}
[[ $runs =~ ^[1-9][0-9]*$ ]] || fail 2 "RUNS is not a number from 1: $runs"
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
export HOME=$top GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com
export GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com
mkdir "$top/empty"

for files in ${FILES:-10000 100000}; do
    [[ $files =~ ^[1-9][0-9]+$ ]] || fail 2 "FILES are not numbers from 10: $files"
    mkdir "$top/$files"
    cd "$top/$files"
    make_repository "$files"
    printf '%d files, %d staged, median of %d runs of 5 starts, user + system\n' \
        "$files" "$(git diff --cached --name-only | wc -l)" "$runs"
    report staged "$leakgate" staged --no-progress --format json --output /dev/null
    report start "$leakgate" scan --no-progress --format json --output /dev/null "$top/empty"
    report 'git diff' git diff --cached --quiet
    report 'git index' git ls-files -s
done
