#!/usr/bin/env bash
# Makes a git repository of the published versions of real packages: a commit for each version, as if
# each had been developed there, packed with long chains of deltas.
#
#     benches/fetch-history.sh FOLDER [VERSIONS]
#
# FOLDER must not exist; it becomes a work tree whose pack holds at least 20,000 blobs. Of each package
# the last VERSIONS versions are fetched (100 by default) by cargo and npm, which must be installed.
# Exit status: 0 done, 2 wrong use or a package that could not be fetched.
set -euo pipefail

crates='tokio clap syn rustls diesel'
npm='webpack eslint svelte vue react-dom axios'

[[ $# -eq 1 || $# -eq 2 ]] && [[ ! -e $1 ]] || {
    echo 'usage: fetch-history.sh FOLDER [VERSIONS]; FOLDER must not exist' >&2
    exit 2
}
mkdir -p "$1"
repository=$(cd "$1" && pwd)
versions=${2:-100}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com
git -c init.defaultBranch=main init -q "$repository"
clock=1500000000

# Commits what a package file holds as the new state of the folder of its package.
commit() {
    local name=$1 version=$2 file=$3
    rm -rf "${repository:?}/$name"
    mkdir -p "$repository/$name"
    tar -xzf "$file" -C "$repository/$name" --strip-components=1 --no-same-owner
    chmod -R u+rwX "$repository/$name"
    clock=$((clock + 3600))
    git -C "$repository" add -A -f "$name"
    GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" \
        git -C "$repository" commit -q --allow-empty -m "$name $version"
}

# The last versions of a crate, oldest first, as the index of the registry lists them.
crate_versions() {
    cargo info --quiet "$1" >/dev/null 2>&1
    local index=("${CARGO_HOME:-$HOME/.cargo}"/registry/index/*/.cache/*/*/"$1")
    tr '\0' '\n' <"${index[0]}" | grep -a -o '"vers": *"[^"]*"' | cut -d '"' -f 4 |
        grep -v -- - | tail -n "$versions"
}

for name in $crates; do
    for version in $(crate_versions "$name"); do
        cargo info --quiet "$name@$version" >/dev/null 2>&1 || continue
        files=("${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/"$name-$version.crate")
        [[ -f ${files[0]} ]] && commit "crates/$name" "$version" "${files[0]}"
    done
done
for name in $npm; do
    mkdir -p "$work/npm"
    npm view "$name" versions --json | tr -d '[]," ' | grep -v -e - -e '^$' | tail -n "$versions" >"$work/list"
    (cd "$work/npm" && sed "s|^|$name@|" "$work/list" | xargs npm pack --silent >/dev/null)
    while read -r version; do
        file=$(tr -d @ <<<"$name" | tr / -)-$version.tgz
        commit "npm/$name" "$version" "$work/npm/$file"
    done <"$work/list"
    rm -rf "$work/npm"
done
git -C "$repository" -c pack.threads=0 repack -q -adf --depth=50
git -C "$repository" cat-file --batch-all-objects --batch-check='%(objecttype)' --unordered |
    sort | uniq -c
