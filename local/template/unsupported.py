"""What the local stack says when it cannot honour a template."""


class UnsupportedTemplateError(Exception):
    """The template uses something that only AWS can do; the message names it and where it stands."""
