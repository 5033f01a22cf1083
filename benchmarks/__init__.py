"""Benchmarks that print ratios against a peer in the same run: medians, interleaved, one BLAS thread."""
