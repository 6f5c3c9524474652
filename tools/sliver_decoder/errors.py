class Refused(Exception):
    """The patch, or the old file, breaks a rule of the format."""


class NotWritten(Exception):
    """The patch is in order as far as can be told, but this decoder lacks something that it needs."""
