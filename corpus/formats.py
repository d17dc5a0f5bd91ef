#!/usr/bin/env python3
"""Writes corpus/formats.toml, the credential formats of which the corpus makes values.

    python3 corpus/formats.py CATALOGUE

CATALOGUE is a folder with a `providers.toml` of `[[credential]]` tables: facts about formats (`id`,
`provider`, `kind`, `grade`, `severity`, `parts`, `checksum`, `context_keywords`). Taken over are

- every format that `corpus/rules.toml` names, whatever its grade;
- every other format of grade A and severity medium or more that can be made (group `issuer`);
- UNKNOWN formats of grades B and C, drawn with a fixed seed (group `unknown`): issuers that no
  rule knows, so that only the name beside a value gives it away.

Only facts are written: no value, no pattern. What is left out is printed, with the reason. Needs
Python 3.11 and no package.
"""
import json
import pathlib
import random
import re
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
UNKNOWN = 60
SEED = 20
LENGTH_MAX = 200  # longest value of an unknown issuer
LENGTH_MIN = 16

# Checksums that tests/corpus/checksum.rs makes.
MADE = {
    "ado-pat-crc32-xor", "anthropic-suffix", "atlassian-dc-structure", "aws-account-id",
    "azure-cask-marvin32", "azure-his-marvin32", "base58check", "base58check-ripple",
    "base64-colon-pair", "base64-json", "bech32", "crc32-base62-6", "crc32-hex8-be",
    "crc32-hex8-le-grafana", "crc32-le-base64-6", "discord-snowflake", "entra-8q-marvin32",
    "gitlab-routable-crc32", "jwt-structure", "nkeys-crc16", "openai-marker", "pem-structure",
    "openssh-key-structure", "pypi-macaroon", "slack-structure", "strkey-crc16",
    "telegram-structure",
}
# Those whose parts alone give a right value.
NO_CHECKSUM = {"anthropic-suffix", "aws-account-id", "slack-structure", "telegram-structure",
               "jwt-structure", "pem-structure", "openssh-key-structure"}
COMPOSITES = {"user", "password", "hostport", "hostname", "name", "jwt", "scheme"}
LABELS = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY",
          "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"}
# Corrections, each with its reason.
OWN = {
    # Only the long form is known to be issued, and only the short one has a known checksum.
    "github-refresh-token": {"parts": [{"literal": "ghr_"}, {"alphabet": "base62", "length": 76}]},
    # The id takes part in no check and is public; it stands beside the secret.
    "aws-secret-access-key": {"pair": "aws-access-key-id"},
    "alibaba-access-key-secret": {"pair": "alibaba-access-key-id"},
    "tencent-secret-key": {"pair": "tencent-secret-id"},
    "scaleway-secret-key": {"pair": "scaleway-access-key"},
    "razorpay-key-secret": {"pair": "razorpay-key-id"},
    # The other prefixes are of ids that have no secret key.
    "aws-access-key-id": {"parts": [{"literal": "AKIA"}, {"alphabet": "base32-upper", "length": 16}]},
    # A whole file; its private key is what leaks.
    "gcp-service-account-key": {"parts": [{"label": "PRIVATE KEY"}], "checksum": {}},
    # The value proper is not the whole text.
    "docker-config-auth": {"parts": [{"literal": '"auth": "'}, {"alphabet": "base64-padded", "min": 8, "max": 2000, "secret": True},
                                     {"literal": '"'}]},
    "proxmox-api-token": {"parts": [{"literal": "PVEAPIToken="}, {"composite": "user"}, {"literal": "@pve!"}, {"composite": "name"},
                                    {"literal": "="}, {"alphabet": "uuid", "length": 36, "secret": True}]},
    "google-chat-webhook-url": {"parts": [
        {"literal": "https://chat.googleapis.com/v1/spaces/"}, {"alphabet": "base64url", "length": 11},
        {"literal": "/messages?key=AIza"}, {"alphabet": "base64url", "length": 35}, {"literal": "&token="},
        {"alphabet": "base64url", "length": 43, "secret": True}]},
    # The catalogue leaves open what stands between slashes; ids of Slack look like this.
    "slack-workflow-webhook-url": {"parts": [{"any_of": [
        [{"literal": "https://hooks.slack.com/workflows/T"}, {"alphabet": "upper-alnum", "length": 10}, {"literal": "/A"},
         {"alphabet": "upper-alnum", "length": 10}, {"literal": "/"}, {"alphabet": "digit", "length": 18}, {"literal": "/"},
         {"alphabet": "base62", "length": 24}],
        [{"literal": "https://hooks.slack.com/triggers/T"}, {"alphabet": "upper-alnum", "length": 10}, {"literal": "/"},
         {"alphabet": "digit", "length": 13}, {"literal": "/"}, {"alphabet": "hex-lower", "length": 32}]]}]},
    # Those of clients and of apps are made to be seen.
    "devcycle-sdk-keys": {"parts": [{"literal": "dvc_server_"}, {"alphabet": "base64url", "length": 43}]},
    # What it says before its random part is always the same.
    "aws-bedrock-api-key-long": {"parts": [{"literal": "ABSKQmVkcm9ja0FQSUtleS"}, {"alphabet": "base64", "length": 110}]},
    # The catalogue takes any user's name; clusters know two.
    "k3s-join-token": {"parts": [{"literal": "K10"}, {"alphabet": "hex-lower", "length": 64}, {"one_of": ["::server:", "::node:"]},
                                 {"alphabet": "hex-lower", "length": 32}]},
    # There are some twenty places that they are issued at.
    "mailchimp-api-key": {"parts": [{"alphabet": "hex-lower", "length": 32}, {"literal": "-us"},
                                    {"one_of": [str(n) for n in range(1, 22)]}]},
    # The least lengths of the catalogue are bounds; those that are issued are longer.
    "google-oauth-access-token": {"parts": [{"literal": "ya29."}, {"alphabet": "base64url", "min": 120, "max": 240}]},
    "google-oauth-refresh-token": {"parts": [{"literal": "1//0"}, {"alphabet": "base64url", "min": 90, "max": 102}]},
    # Percent signs stand only before two digits.
    "twitter-bearer-token": {"parts": [{"literal": "AAAAAAAAAAAAAAAAAAAAA"}, {"alphabet": "base62", "length": 30}, {"literal": "%2B"},
                                       {"alphabet": "base62", "length": 40}, {"literal": "%3D"}]},
    "cloudinary-url": {"parts": [{"literal": "cloudinary://"}, {"alphabet": "digit", "length": 15}, {"literal": ":"},
                                 {"alphabet": "base64url", "length": 27, "secret": True}, {"literal": "@"},
                                 {"alphabet": "lower-alnum", "min": 4, "max": 20}]},
    # The catalogue leaves open what stands between the host and the signature.
    "azure-logic-app-sas-url": {"parts": [
        {"literal": "https://prod-"}, {"alphabet": "digit", "length": 2}, {"one_of": [".westeurope", ".eastus2", ".northeurope"]},
        {"literal": ".logic.azure.com"}, {"one_of": ["", ":443"]}, {"literal": "/workflows/"}, {"alphabet": "hex-lower", "length": 32},
        {"literal": "/triggers/manual/paths/invoke?api-version=2016-10-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig="},
        {"alphabet": "base64url", "length": 43, "secret": True}]},
    # Long ones begin with the number of the account, which begins with 51.
    "stripe-secret-key": {"parts": [{"literal": "sk_live_"}, {"any_of": [
        [{"alphabet": "base62", "length": 24}], [{"literal": "51"}, {"alphabet": "base62", "length": 97}]]}]},
    # Two bytes say what they are of; the base-32 letters of those are fixed, or one of sixteen.
    "nats-user-seed": {"parts": [{"one_of": ["SUA", "SAA", "SOA", "SNA", "SCA", "SXA"]},
                                 {"alphabet": "chars", "chars": "A-P", "length": 1}, {"alphabet": "base32-upper", "length": 54}]},
    # A comma stands only before the next token.
    "flyio-token-bare": {"parts": [{"one_of": ["fm1r_", "fm1a_", "fm2_"]}, {"alphabet": "base64-padded", "min": 200, "max": 800}]},
    "flyio-macaroon-token": {"parts": [{"literal": "FlyV1 "}, {"one_of": ["fm1r_", "fm1a_", "fm2_"]},
                                       {"alphabet": "base64-padded", "min": 200, "max": 800}]},
    # Tokens of registries are longer than the least that the syntax takes.
    "npmrc-auth-token": {"parts": [{"literal": "//"}, {"composite": "hostport"}, {"literal": "/:_authToken="},
                                   {"alphabet": "alnum-dash", "min": 20, "max": 60, "secret": True}]},
    # Four characters are one byte less than a password has.
    "npmrc-password": {"parts": [{"literal": ":_password="}, {"alphabet": "base64-padded", "min": 12, "max": 60}]},
    # Their forms are those of many things: a number with slashes, a prefix of two letters and a run.
    "asana-pat": {"named": True},
    "launchdarkly-api-token": {"named": True},
    "mailgun-api-key": {"named": True},
    "okta-api-token": {"named": True},
    "voyage-api-key": {"named": True},
    # Base64 of three parts that are JSON, JSON and bytes; the parts say too little.
    "json-web-token": {"parts": [{"composite": "jwt"}]},
    # The catalogue's first characters are those of any JSON; the payload begins with a time.
    "sentry-org-token": {"parts": [{"literal": "sntrys_"}, {"alphabet": "base64-padded", "min": 40, "max": 400},
                                   {"literal": "_"}, {"alphabet": "base64", "length": 43}]},
    # A URL needs no other word to be one.
    "proxy-url-password": {"named": False},
}
# Nothing that only its holder may know.
NO_SECRET = {
    "pubnub-publish-key": "made to stand in pages",
    "rdp-file-password": "encrypted for one account of one machine",
}
# A literal that ends like this is a key of a longer text, and what follows is the value.
KEY = re.compile(r"(?i)(secret|accesskey|accountkey|access_token|_authtoken|_password|_auth|password|sig|apitoken)=\"?$")


def alphabets(parts):
    """All parts, those of alternatives too."""
    for part in parts:
        yield part
        for other in part.get("any_of", []):
            yield from alphabets(other)


def problem(entry):
    """Why no value of this entry is or can be made, or None."""
    if entry["id"] in NO_SECRET:
        return NO_SECRET[entry["id"]]
    algorithm = entry.get("checksum", {}).get("algorithm")
    if algorithm and algorithm not in MADE:
        return f"checksum {algorithm}"
    for part in alphabets(entry["parts"]):
        if "composite" in part and part["composite"] not in COMPOSITES:
            return f"composite {part['composite']}"
        if "format" in part and part.get("label") not in LABELS:
            return f"format {part['format']} {part.get('label', '')}".strip()
        if not any("secret" in p for p in entry["parts"]) and re.search(r"[\n<>]|^\"|\"$", part.get("literal", "")):
            return "quotes or markup in a literal"
    whole = any("composite" in part or "format" in part for part in alphabets(entry["parts"]))
    if algorithm in ("jwt-structure", "pem-structure") and not whole:
        return f"{algorithm} inside other parts"
    if algorithm == "base64-json" and not entry["id"] in JSON:
        return "base64-json of unknown content"
    return None


# Formats that hold JSON whose content tests/corpus/checksum.rs knows.
JSON = {"1password-service-account-token", "grafana-cloud-access-policy-token",
        "grafana-legacy-api-key", "sentry-org-token", "mapbox-secret-token"}


def span(parts):
    """The least and the greatest length; None for what has no bound."""
    low = high = 0
    for part in parts:
        if "literal" in part:
            a = b = len(part["literal"])
        elif "one_of" in part:
            a, b = min(map(len, part["one_of"])), max(map(len, part["one_of"]))
        elif "any_of" in part:
            spans = [span(other) for other in part["any_of"]]
            a, b = min(s[0] for s in spans), max(s[1] for s in spans)
        elif "alphabet" in part:
            lengths = part.get("lengths", [part.get("length", part.get("min", 0))])
            a, b = min(lengths), max(lengths + [part.get("max", 0)])
        else:
            a, b = 1, LENGTH_MAX
        low, high = low + a, high + b
    return low, high


TEST = re.compile(r"(?i)sandbox|sbox|sdbx|(^|[_-])test([_-]|$)|development")


def live(parts):
    """Parts without what begins a value of a test mode, which opens nothing."""
    out = []
    for part in parts:
        texts = part.get("one_of", [])
        real = [text for text in texts if not TEST.search(text)]
        out.append({**part, "one_of": real} if real and len(real) < len(texts) else part)
    return out


def joined(parts):
    """Parts in which the five groups of a UUID are one."""
    groups = [8, 4, 4, 4, 12]
    out, at = [], 0
    while at < len(parts):
        run = parts[at:at + 9]
        if ([p.get("length") for p in run[::2]] == groups
                and all(p.get("alphabet") == "hex-lower" for p in run[::2])
                and all(p.get("literal") == "-" for p in run[1::2])):
            out.append({"alphabet": "uuid", "length": 36})
            at += 9
        else:
            out.append(parts[at])
            at += 1
    return out


def words(text):
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def names(entry):
    """Names under which a value is written down, as words."""
    keywords = entry.get("context_keywords", [])
    telling = [k for k in keywords if re.search(r"(?i)key|token|secret|pass|pat$", k)]
    spelled = [words(k) for k in telling if re.fullmatch(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)+", k)]
    kind = words(entry["kind"])
    provider = words(entry["provider"])
    return list(dict.fromkeys(spelled[:2] + [f"{provider} {kind}"]))


def tells(entry):
    """Whether all names say that it is secret."""
    return all(re.search(r"(key|token|secret|password|pat|seed|tokens|keys)$", name)
               and not re.search(r"public|hash|encrypted", name) for name in names(entry))


def unknown(entry):
    """Whether an entry can stand for an issuer that nobody knows."""
    kind = entry["kind"]
    low, high = span(entry["parts"])
    literals = [p.get("literal", "") for p in alphabets(entry["parts"])]
    literals += [t for p in alphabets(entry["parts"]) for t in p.get("one_of", [])]
    return (entry["grade"] in "BC"
            and entry["severity"] in ("medium", "high", "critical")
            and re.search(r"(key|token|secret)$", kind)
            and not re.search(r"encrypted|session|private-key|master", kind)
            and all("alphabet" in p or "literal" in p or "one_of" in p for p in entry["parts"])
            and not any("printable" == p.get("alphabet") for p in entry["parts"])
            and not entry.get("checksum")
            and not any(re.search(r"[^A-Za-z0-9_.-]|^eyJ", literal) for literal in literals)
            and LENGTH_MIN <= low and high <= LENGTH_MAX)


def secret_part(parts):
    """Index of the first part of the value proper where the text is longer than that, else None."""
    for at, part in enumerate(parts):
        if part.get("composite") == "password":
            return at, at + 1
    for at in reversed(range(len(parts))):
        texts = [parts[at].get("literal", "")] + parts[at].get("one_of", [])
        if any(KEY.search(text) for text in texts) and at + 1 < len(parts):
            return at + 1, len(parts)
    return None


def show(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, str)):
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    return "{ " + ", ".join(f"{k} = {show(v)}" for k, v in value.items()) + " }"


def filled(items):
    """Lines that hold as many items each as fit."""
    line = "   "
    for item in items:
        if len(line) + len(item) > 97 and line.strip():
            yield line
            line = "   "
        line += f" {item},"
    yield line


def part_of(part):
    keep = ("literal", "alphabet", "chars", "extra", "length", "lengths", "min", "max", "one_of",
            "composite", "label", "secret")
    out = {key: part[key] for key in keep if key in part}
    if "any_of" in part:
        out["any_of"] = [[part_of(p) for p in other] for other in part["any_of"]]
    return out


def block(entry, group):
    own = OWN.get(entry["id"], {})
    parts = [part_of(part) for part in joined(live(own.get("parts", entry["parts"])))]
    value = None if any("secret" in part for part in parts) else secret_part(parts)
    for at in range(*value) if value else ():
        parts[at]["secret"] = True
    lines = ["[[format]]", f'id = "{entry["id"]}"', f'group = "{group}"']
    if len(show(parts)) < 90:
        lines.append(f"parts = {show(parts)}")
    else:
        lines += ["parts = [", *filled(map(show, parts)), "]"]
    algorithm = own.get("checksum", entry.get("checksum", {})).get("algorithm")
    if algorithm and algorithm not in NO_CHECKSUM:
        lines.append(f'checksum = "{algorithm}"')
    lines.append(f"names = {show(names(entry))}")
    if own.get("named", entry["context_required"]) and group == "issuer":
        lines.append("named = true")
    if entry["id"] in {other.get("pair") for other in OWN.values()}:
        lines.append("public = true")
    if "pair" in own:
        lines.append(f'pair = "{own["pair"]}"')
    return "\n".join(lines)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    catalogue = tomllib.loads((pathlib.Path(sys.argv[1]) / "providers.toml").read_text())
    entries = catalogue["credential"]
    rules = tomllib.loads((HERE / "rules.toml").read_text())
    wanted = {entry for entries in rules["formats"].values() for entry in entries}
    pairs = {own["pair"] for own in OWN.values() if "pair" in own}
    known = {rule["id"] for path in (HERE.parent / "rules").glob("*.toml")
             for rule in tomllib.loads(path.read_text()).get("rule", [])}
    missing = wanted - {entry["id"] for entry in entries}
    if missing:
        sys.exit(f"corpus/rules.toml names what the catalogue lacks: {sorted(missing)}")
    issuers = []
    for entry in entries:
        asked = entry["id"] in wanted | pairs | known
        graded = entry["grade"] == "A" and entry["severity"] in ("medium", "high", "critical")
        if not asked and not graded:
            continue
        if entry["id"] in OWN:
            entry = {**entry, **{k: v for k, v in OWN[entry["id"]].items() if k in ("parts", "checksum")}}
        why = problem(entry)
        composite = any("composite" in part or "format" in part for part in alphabets(entry["parts"]))
        if not why and composite and not asked:
            why = "not plain, and no rule asks for it"
        if not why and not asked and not tells(entry):
            why = "no rule, and no name that says what it is"
        if why:
            print(f"left out {entry['id']}: {why}{' (asked for)' if asked else ''}")
        else:
            issuers.append(entry)
    taken = {entry["id"] for entry in issuers}
    pool = [entry for entry in entries if unknown(entry) and entry["id"] not in taken]
    drawn = random.Random(SEED).sample(sorted(pool, key=lambda e: e["id"]), UNKNOWN)
    blocks = [block(entry, "issuer") for entry in sorted(issuers, key=lambda e: e["id"])]
    blocks += [block(entry, "unknown") for entry in sorted(drawn, key=lambda e: e["id"])]
    head = ("# Formats of credentials, as facts: no value stands here, the corpus test makes them.\n"
            "# Written by corpus/formats.py from a catalogue; change that, not this.\n")
    (HERE / "formats.toml").write_text(head + "\n" + "\n\n".join(blocks) + "\n")
    print(f"{len(issuers)} issuers, {len(drawn)} of {len(pool)} unknown issuers")


main()
