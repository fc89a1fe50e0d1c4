"""Spans by OpenTelemetry; only imported where the extra ``tracing`` is installed and wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from cds_service.observability.tracing import Note, Spans

ATTRIBUTES = frozenset(
    ("service", "outcome", "status", "client", "method", "resource", "reason", "bytes", "keys",
     "resources")
)  # fmt: skip
# W3C Trace Context, "traceparent", version 00; neither id may be all zeros.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})\Z")


def sent_spans(service_name: str) -> Spans:
    """Return spans that are sent in batches to where the standard variables say."""
    return spans_to(BatchSpanProcessor(OTLPSpanExporter()), service_name)


def spans_to(processor: SpanProcessor, service_name: str) -> Spans:
    """Return spans that end up at a processor."""
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service_name}))
    provider.add_span_processor(processor)
    return partial(_span, provider.get_tracer("cds_service"))


@contextmanager
def _span(tracer: Tracer, name: str, traceparent: str | None) -> Iterator[Note]:
    # An exception is no part of a span: its text may quote the record.
    with tracer.start_as_current_span(
        name,
        context=_client_context(traceparent),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield partial(_note, span)


def _note(span: Span, **attributes: str | int) -> None:
    for name in ATTRIBUTES & attributes.keys():
        span.set_attribute(f"spine_cds.{name}", attributes[name])


def _client_context(traceparent: str | None) -> Context | None:
    """Return the context that a client names; None when it names none in the form of W3C.

    Its ``tracestate`` is free text and is not taken.
    """
    found = _TRACEPARENT.match(traceparent or "")
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & 1))
    return set_span_in_context(NonRecordingSpan(context))
