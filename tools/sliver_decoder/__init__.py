"""A second, slow decoder of sliver, written from docs/formats/sliver*.md and nothing else."""
