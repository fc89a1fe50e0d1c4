"""What operators see: metrics, traces and health; nothing of any patient."""
