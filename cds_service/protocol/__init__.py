"""CDS Hooks on the wire: discovery, invocation and errors."""
