"""The secret detectors: what each finds, exactly, and what honest text that comes close to it holds."""

import json

import pytest
from tollgate.detection.detect import SECRETS, detect, detect_secrets

LOWER, HEX = "abcdefghijklmnopqrstuvwxyz0123456789" * 8, "0123456789abcdef" * 16
UPPER = LOWER.upper()
LETTERS = "abcdefghijklmnopqrstuvwxyz" * 4

# Put together here, so that no scanner of repositories takes these for somebody's keys.
KEYS = {
    "aws_access_key": ["AK" + "IA" + UPPER[20:36], "AS" + "IA" + UPPER[:16]],
    "anthropic_key": ["sk-" + "ant-api03-" + LOWER[:95]],
    "openai_key": ["sk-" + "proj-" + LOWER[:80], "sk-" + LOWER[:48]],
    "google_api_key": ["AI" + "za" + LOWER[:35]],
    "google_oauth_secret": ["GOC" + "SPX-" + LOWER[:28]],
    "google_oauth_token": ["ya" + "29." + LOWER[:60]],
    "github_token": ["gh" + "p_" + LOWER[:36], "gh" + "s_" + LOWER[:40], "github" + "_pat_" + LOWER[:82]],
    "gitlab_token": ["gl" + "pat-" + LOWER[:20], "gl" + "rt-" + LOWER[:20]],
    "slack_token": ["xo" + "xb-1234567890-1234567890-" + LOWER[:24], "xa" + "pp-1-A012-345-" + LOWER[:30]],
    "slack_webhook": ["hooks.slack" + ".com/services/T0000000/B0000000/" + LOWER[:24]],
    "stripe_key": ["sk" + "_live_" + LOWER[:24], "rk" + "_test_" + LOWER[:24]],
    "stripe_webhook_secret": ["wh" + "sec_" + LOWER[:32]],
    "huggingface_token": ["hf" + "_" + LETTERS[:34]],
    "npm_token": ["np" + "m_" + LOWER[:36]],
    "pypi_token": ["py" + "pi-AgE" + LOWER[:90]],
    "sendgrid_key": ["S" + "G." + LOWER[:22] + "." + LOWER[:43]],
    "twilio_key": ["S" + "K" + HEX[:32]],
    "telegram_bot_token": ["123456789" + ":AA" + LOWER[:33]],
    "docker_token": ["dckr" + "_pat_" + LOWER[:27]],
    "databricks_token": ["da" + "pi" + HEX[:32]],
    "digitalocean_token": ["dop" + "_v1_" + HEX[:64]],
    "shopify_token": ["shp" + "at_" + HEX[:32]],
    "square_token": ["sq0" + "atp-" + LOWER[:22]],
    "atlassian_token": ["ATA" + "TT3" + LOWER[:100]],
    "linear_key": ["lin" + "_api_" + LOWER[:40]],
    "grafana_token": ["gl" + "sa_" + LOWER[:32] + "_" + HEX[:8], "gl" + "c_" + LOWER[:40]],
    "new_relic_key": ["NR" + "AK-" + UPPER[:27]],
    "vault_token": ["hv" + "s." + LOWER[:95]],
    "age_secret_key": ["AGE-SECRET" + "-KEY-1" + UPPER[:58]],
    "jwt": ["ey" + "J" + LOWER[:20] + ".ey" + "J" + LOWER[:30] + "." + LOWER[:43]],
    "private_key": [
        f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{LOWER[:64]}\n{LOWER[:20]}=\n-----END RSA PRIVATE {'KEY'}-----",
        f"-----BEGIN {'PRIVATE'} KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n{LOWER[:64]}",
    ],
}
WRITTEN = [
    ("authorization_header", "Authorization: Bearer {}", "abc.def-123"),
    ("authorization_header", "'authorization': 'Basic {}'", "dXNlcjpwYXNzd29yZA=="),
    ("authorization_header", 'curl -H "Authorization: {}"', "k3y-with-dashes"),
    ("bearer_token", "called with Bearer {} in it", "a1b2c3d4e5f6a7b8c9d0"),
    ("url_password", "postgres://orders:{}@db.internal:5432/x", "s3cr#t!pw"),
    ("password", "password={}", "hunter"),
    ("password", "password={}&user=anna", "hunter2"),
    ("password", '{{"db_password": "{}"}}', "correct horse battery"),
    ("password", "PASSWORD: {}", "tr0ub4dor&3"[:9]),
    ("password", "aws_secret_access_key = {}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"),
    ("password", "client_secret='{}'", "plainwordvalue"),
    ("password", "api-key: {}", "9f8e7d6c"),
    ("password", "AccountName=x;AccountKey={}", "AbCdEf0123456789=="),
]
HONEST = [
    "Password: required, see the manual. The password is known to you.",
    "password=None token=x secret: ${SECRET} password=**** password=<yours> api_key={{key}}",
    "password: [redacted: password]",
    "tokens: 120000, total_tokens=1500, key: value, keys=4, secretary: Anna, pass: 3 of 4",
    "Invoice INV-2024-00017, order PO-4711, hash 9b74c9897bac770ffc029102a200c5de, 12.50 EUR",
    "risk-management-and-other-dashed-words sk-is-a-prefix-of-some-names-and-words",
    "the bearer of this note; bearer instruments-of-transfer-and-more; Authorization: granted",
    "AKIA is Amazon's prefix, ghp_ GitHub's, xoxb- Slack's and eyJ. a token's.",
    "-----BEGIN PRIVATE KEY----- is how such a file starts",
    "https://example.org:8080/a@b and mailto:anna@example.org and 10:30@noon",
    "-----BEGIN CERTIFICATE-----\nMIIB" + LOWER + "\n-----END CERTIFICATE-----",
]


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in KEYS.items() for key in keys])
@pytest.mark.parametrize("around", ["{}", "the key is {}.", '"{}"', "<cbc:Note>{}</cbc:Note>", "a\n{}\nb"])
def test_a_key_of_a_known_form_is_found_whole_and_named(name: str, key: str, around: str) -> None:
    """The finding covers every character of the key, whatever stands around it."""
    text = around.format(key)
    found = detect_secrets(text)
    assert [f.detector for f in found] == [name]
    assert key in text[found[0].start : found[0].end]


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in KEYS.items() for key in keys])
def test_a_key_on_a_line_of_its_own_inside_json_is_found(name: str, key: str) -> None:
    """An escaped line break is no letter of the key, though it ends in one."""
    text = json.dumps({"text": f"first\n{key}\nlast"})
    assert [f.detector for f in detect_secrets(text)] == [name]


@pytest.mark.parametrize(("name", "form", "value"), WRITTEN)
def test_a_secret_is_known_by_what_is_written_before_it(name: str, form: str, value: str) -> None:
    """The finding is the value alone: the name before it may be shown."""
    text = form.format(value)
    assert [(f.detector, text[f.start : f.end]) for f in detect_secrets(text)] == [(name, value)]


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_holds_no_secret(text: str) -> None:
    """What comes close to a secret's form is let be."""
    assert detect_secrets(text) == []


def test_every_secret_detector_has_a_case_here() -> None:
    """A detector without a case would be a promise that nothing holds."""
    assert {d.name for d in SECRETS} == {*KEYS, *(name for name, _, _ in WRITTEN)}


def test_findings_that_overlap_are_one() -> None:
    """No character of either is left over between two masks."""
    key = KEYS["github_token"][0]
    text = f"password='{key[:20]} and {key} more'"
    (only,) = detect(text)
    assert (text[only.start], text[only.end - 1], only.detector) == ("g", "e", "password")
