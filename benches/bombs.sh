#!/usr/bin/env bash
# Scans archives made to exhaust a scanner, and prints status, time and most memory of each.
#
#     benches/bombs.sh
#
# A gzip stream of 10 GB of zeros, the same in xz and zstd where these tools are there, a zip archive and
# a tar archive of 1,000,000 members, and gzip streams 40 deep. None may exit with 0 unless it was
# scanned whole, and none may take more than 200 MB. Needs gzip, python3 and GNU time; takes minutes.
# Exit status: 0 all keep to it, 1 one does not.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
(cd "$root" && cargo build --release --quiet --bin leakgate)
leakgate=${CARGO_TARGET_DIR:-$root/target}/release/leakgate
work=$(mktemp -d)
trap 'rm -rf "$work" "$work.time" "$work.report"' EXIT
cd "$work"

head -c 10000000000 /dev/zero | gzip -1 >zeros.gz
for tool in xz zstd; do
    if command -v "$tool" >/dev/null; then
        head -c 10000000000 /dev/zero | "$tool" -1 -T2 -q >"zeros.$tool"
    fi
done
python3 - <<'PYTHON'
import io, tarfile, zipfile, gzip

with zipfile.ZipFile("members.zip", "w") as z:
    for i in range(1_000_000):
        z.writestr(f"d/{i}.txt", b"text")
with tarfile.open("members.tar", "w") as t:
    for i in range(1_000_000):
        info = tarfile.TarInfo(f"d/{i}.txt")
        info.size = 4
        t.addfile(info, io.BytesIO(b"text"))
inner = b"text"
for _ in range(40):
    inner = gzip.compress(inner)
open("deep.gz", "wb").write(inner)
PYTHON

failed=0
for file in *; do
    status=0
    command time -o "$work.time" -f '%e %M' "$leakgate" scan --no-progress --format json --output "$work.report" "$file" \
        >/dev/null 2>&1 || status=$?
    read -r seconds kib < <(tail -n 1 "$work.time")
    reason=$(python3 -c 'import json,sys; s=json.load(open(sys.argv[1]))["coverage"]; print(s["archive_members"], "members;", "; ".join(x["detail"] for x in s["skipped"][:2]))' "$work.report")
    printf '%-12s status %d, %6.1f s, %4d MB, %s\n' "$file" "$status" "$seconds" $((kib / 1024)) "$reason"
    [[ $kib -lt 200000 ]] || failed=1
done
exit "$failed"
