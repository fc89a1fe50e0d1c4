"""What the project's own files are made with; nothing here is installed or runs in a service."""
