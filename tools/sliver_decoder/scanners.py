"""The scanners that this decoder has, by their numbers (chapter 1 of sliver-scanners.md)."""
from . import code_aarch64

SCANNERS = {2: code_aarch64.scan, 22: lambda view: ()}
