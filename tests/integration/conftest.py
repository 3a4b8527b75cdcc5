"""Fixtures that several files of integration tests share."""

from tests.integration.moto_probe import gate, probe

__all__ = ["gate", "probe"]
