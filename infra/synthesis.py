"""From `cdk.json` and the definitions to an app that is ready to synthesise, checked by cdk-nag."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra import settings
from infra.definitions import Definitions, compiled
from infra.packaging import Installer, Packaging, pip_install
from infra.stack import TollgateStack


@dataclass(frozen=True)
class Source:
    """What is synthesised: the repository's root, definitions if they are compiled already, and where assets go."""

    root: Path
    definitions: Definitions | None = None
    install: Installer = pip_install
    build_folder: Path | None = None


def build(source: Source, *, stage: str | None = None, outdir: str | None = None, checked: bool = True) -> App:
    """The app of one stage: the named one, else the context's `stage`, else `dev`.

    Raises `ConfigurationError` or `PackagingError`, whose messages are for the reader of a terminal.
    """
    values = settings.context(source.root / "cdk.json")
    app = App(context=dict(values), outdir=outdir, analytics_reporting=False)
    chosen = settings.stage(values, stage or app.node.try_get_context("stage") or "dev")
    definitions = source.definitions or compiled(
        stage=chosen, roots=settings.roots(values, source.root), root=source.root
    )
    TollgateStack(
        app,
        "Tollgate",
        root=source.root,
        stage=chosen,
        definitions=definitions,
        packaging=Packaging(
            root=source.root,
            build=source.build_folder or source.root / ".build",
            local=chosen.is_local,
            install=source.install,
        ),
    )
    if checked:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app
