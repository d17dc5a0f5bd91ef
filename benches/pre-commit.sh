#!/bin/sh
# Runs leakgate by the pre-commit framework: a leak blocks a commit, its removal lets it pass.
#
# usage: pre-commit.sh LEAKGATE
#
# Uses the `pre-commit` on the path, else fetches it from PyPI into a temporary folder. The hook is the
# one of the last commit of this tree. Nothing is left behind.
set -eu

leakgate=$(cd "$(dirname "${1:?usage: pre-commit.sh LEAKGATE}")" && pwd)/$(basename "$1")
tree=$(cd "$(dirname "$0")/.." && pwd)
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT INT TERM

skip() {
  echo "not tested: $1"
  exit 0
}

if command -v pre-commit >/dev/null 2>&1; then
  framework=$(command -v pre-commit)
else
  python3 -m venv "$top/venv" >/dev/null 2>&1 || skip "python3 makes no virtual environments here"
  "$top/venv/bin/pip" install --quiet --disable-pip-version-check pre-commit >/dev/null 2>&1 ||
    skip "pre-commit cannot be fetched from PyPI"
  framework=$top/venv/bin/pre-commit
fi

mkdir "$top/bin" "$top/home" "$top/repo"
ln -s "$leakgate" "$top/bin/leakgate"
export PATH="$top/bin:$PATH" HOME="$top/home" PRE_COMMIT_HOME="$top/cache"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com
export GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com

cd "$top/repo"
git -c init.defaultBranch=main init -q
cat >.pre-commit-config.yaml <<END
repos:
  - repo: $tree
    rev: $(git -C "$tree" rev-parse HEAD)
    hooks:
      - id: leakgate-system
END
"$framework" install >/dev/null
git add .pre-commit-config.yaml
git commit -q -m "nothing leaks" >"$top/log" 2>&1 || {
  cat "$top/log"
  echo "FAILED: a commit without a leak was refused"
  exit 1
}

# A value that nobody issued; it is never in a file of this tree.
value=$("$leakgate" completions bash | cksum | cut -c1-8)$(date +%s%N | cksum | cut -c1-8)
printf 'db = "postgres://app:%s@db.internal.example.com/app"\n' "zQ9${value}Kx" >conf.py
git add conf.py
if git commit -q -m "a leak" >"$top/log" 2>&1; then
  echo "FAILED: a commit with a leak passed"
  exit 1
fi
grep -q "conf.py:1" "$top/log" || {
  echo "FAILED: the refusal does not name the line"
  exit 1
}
if grep -q "$value" "$top/log"; then
  echo "FAILED: the value is in what was said"
  exit 1
fi

printf 'db = os.environ["DB"]\n' >conf.py
git add conf.py
git commit -q -m "taken out" >"$top/log" 2>&1 || {
  cat "$top/log"
  echo "FAILED: the commit is refused after the leak was taken out"
  exit 1
}
echo "pre-commit $("$framework" --version | cut -d' ' -f2): a leak blocks, its removal passes"
