"""Revision of a failed lumbar fusion (seed article 2, claims RV-)."""

from hooks.fusion_revision.service import ORDER_SELECT, ORDER_SIGN

SERVICES = (ORDER_SIGN, ORDER_SELECT)
