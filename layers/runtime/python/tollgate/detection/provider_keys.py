"""Keys whose issuer made them recognisable: a fixed prefix and a known alphabet.

Prefixes and lengths as the issuers document them and as the public rules of gitleaks (MIT) list them. Lengths are lower
bounds: issuers lengthen their keys, and a prefix like these is no accident.
"""

import re

from tollgate.detection.detector import START, Detector

_HAS_DIGIT = re.compile(r"\d")


def _key(name: str, hints: str, pattern: str) -> Detector:
    return Detector(name, "secret", tuple(hints.split()), START + pattern, anchored=True)


def _not_a_phrase(value: str) -> bool:
    """Dashed words can look like a key (`sk-is-a-prefix-of-some-names`); a key has digits."""
    return _HAS_DIGIT.search(value) is not None


PROVIDER_KEYS: tuple[Detector, ...] = (
    _key("aws_access_key", "AKIA ASIA", r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _key("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{20,512}+"),
    Detector(
        "openai_key",
        "secret",
        ("sk-",),
        START + r"sk-(?!ant-)(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,512}+|[A-Za-z0-9]{32,512}+)",
        _not_a_phrase,
        anchored=True,
    ),
    _key("google_api_key", "AIza", r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _key("google_oauth_secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{28,64}+"),
    _key("google_oauth_token", "ya29.", r"ya29\.[A-Za-z0-9_.-]{20,2048}+"),
    _key("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,255}+"),
    _key("github_token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}+"),
    _key(
        "gitlab_token",
        "glpat- glptt- glrt- gldt- glcbt- gloas- glsoat- glagent- glimt- glft- glffct-",
        r"gl(?:pat|ptt|rt|dt|cbt|oas|soat|agent|imt|ft|ffct)-[A-Za-z0-9_.-]{20,320}+",
    ),
    _key("slack_token", "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs-", r"xox[abeoprs][.-][A-Za-z0-9.-]{10,300}+"),
    _key("slack_token", "xapp-", r"xapp-\d-[A-Za-z0-9-]{10,300}+"),
    _key(
        "slack_webhook", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,200}+"
    ),
    _key(
        "stripe_key",
        "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_",
        r"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,256}+",
    ),
    _key("stripe_webhook_secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,128}+"),
    _key("huggingface_token", "hf_", r"hf_[A-Za-z]{34}(?![A-Za-z0-9])"),
    _key("npm_token", "npm_", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _key("pypi_token", "pypi-AgE", r"pypi-AgE[A-Za-z0-9_-]{50,1000}+"),
    _key("sendgrid_key", "SG.", r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,128}+"),
    _key("twilio_key", "SK", r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    Detector("telegram_bot_token", "secret", (":AA",), START + r"\d{8,12}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    _key("docker_token", "dckr_pat_ dckr_oat_", r"dckr_[po]at_[A-Za-z0-9_-]{27,128}+"),
    _key("databricks_token", "dapi", r"dapi[a-f0-9]{32}(?![A-Za-z0-9])"),
    _key("digitalocean_token", "dop_v1_ doo_v1_ dor_v1_", r"do[por]_v1_[a-f0-9]{64}"),
    _key("shopify_token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"),
    _key("square_token", "sq0atp- sq0csp-", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,64}+"),
    _key("atlassian_token", "ATATT3", r"ATATT3[A-Za-z0-9_=-]{60,512}+"),
    _key("linear_key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    _key("grafana_token", "glsa_ glc_", r"(?:glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}+={0,2})"),
    _key("new_relic_key", "NRAK-", r"NRAK-[A-Z0-9]{27}"),
    _key("vault_token", "hvs. hvb.", r"hv[sb]\.[A-Za-z0-9_-]{24,512}+"),
    _key("age_secret_key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    _key("jwt", "eyJ", r"eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{0,}+"),
)
