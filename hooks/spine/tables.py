"""What invocations look things up in beside the clinical content: words, and opioid products.

The words of ``chart_lexicon.yaml`` are constants of the modules that use them, and read with these.
"""

from __future__ import annotations

from hooks.spine.opioids.products import product_names, products
from hooks.spine.order_lexicon import order_lexicon
from hooks.spine.text.headings import sections
from hooks.spine.text.lexicon import lexicon


def load_tables() -> None:
    """Read all of them, each once: 50 ms that the first signing would wait for otherwise."""
    order_lexicon()
    lexicon()
    sections()
    products()
    product_names()
