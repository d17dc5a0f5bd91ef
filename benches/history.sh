#!/usr/bin/env bash
# Compares scanning a repository by its changes with scanning every version in full, and both with what
# reading the same objects costs git, libgit2 and leakgate itself.
#
#     benches/history.sh FOLDER [ROUNDS]
#
# FOLDER is a repository; where there is none, `benches/fetch-history.sh` makes one there first. Both
# reports must be the same but for the seconds. Then, ROUNDS times (5 by default) and in turns, the user
# CPU time of each; the medians and their ratios are printed beside what is aimed at. Needs git, jq and
# GNU time. Exit status: 0 the reports are the same, 1 they are not, 2 wrong use.
set -euo pipefail

[[ $# -eq 1 || $# -eq 2 ]] || {
    echo 'usage: history.sh FOLDER [ROUNDS]' >&2
    exit 2
}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[[ -e $1 ]] || "$root/benches/fetch-history.sh" "$1"
repository=$(cd "$1" && pwd)
rounds=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The programs of another build are compared where PROGRAMS names its folder.
if [[ -n ${PROGRAMS:-} ]]; then
    programs=$PROGRAMS
else
    (cd "$root" && cargo build --release --quiet --bin leakgate --example decode --example read_git2)
    programs=${CARGO_TARGET_DIR:-$root/target}/release
fi

# Scans the repository; a report is one whatever was found.
leakgate() {
    local status=0
    "$programs/leakgate" git "$repository" --no-progress "$@" || status=$?
    [[ $status -eq 0 || $status -eq 1 || $status -eq 3 ]]
}

for way in changes full; do
    flags=()
    [[ $way == full ]] && flags=(--full)
    leakgate --format json --output "$work/$way.json" "${flags[@]}"
    jq 'del(.coverage.seconds)' "$work/$way.json" >"$work/$way"
    jq -c '.findings[]' "$work/$way.json" >"$work/$way.findings"
done
status=0
diff "$work/changes" "$work/full" >"$work/different" || status=1
printf '%d findings by changes, %d in full, %d lines of the reports differ\n' \
    "$(wc -l <"$work/changes.findings")" "$(wc -l <"$work/full.findings")" \
    "$(grep -c '^[<>]' "$work/different" || true)"
head -n 40 "$work/different"
"$programs/examples/decode" "$repository"
"$programs/examples/read_git2" "$repository"

seconds() {
    command time -q -o "$work/time" -f %U "$@" >/dev/null 2>&1 || true
    tail -n 1 "$work/time"
}
ways='changes decode full cat_file git2'
for ((round = 0; round < rounds; round++)); do
    seconds "$programs/leakgate" git "$repository" --no-progress >>"$work/changes.times"
    seconds "$programs/examples/decode" "$repository" >>"$work/decode.times"
    seconds "$programs/leakgate" git "$repository" --no-progress --full >>"$work/full.times"
    seconds git -C "$repository" cat-file --batch-all-objects --batch --unordered --buffer \
        >>"$work/cat_file.times"
    seconds "$programs/examples/read_git2" "$repository" >>"$work/git2.times"
done
median() { sort -n "$work/$1.times" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
for way in $ways; do
    declare "$way=$(median "$way")"
    printf '%-10s %8.2f s\n' "$way" "${!way}"
done
ratio() {
    awk -v name="$1" -v a="$2" -v b="$3" -v aim="$4" \
        'BEGIN { printf "%-20s %8.2f   aim %s\n", name, (b > 0 ? a / b : 0), aim }'
}
# shellcheck disable=SC2154 # declared by name above
{
    ratio 'changes / decode' "$changes" "$decode" '<= 4'
    ratio 'cat_file / changes' "$cat_file" "$changes" '>= 2'
    ratio 'git2 / changes' "$git2" "$changes" '>= 4'
    ratio 'full / changes' "$full" "$changes" '>= 1.8'
}
exit "$status"
