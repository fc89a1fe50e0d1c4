"""Texts with labels by the rules R1 to R12 of clinical.md, and how well the reader reads them."""
