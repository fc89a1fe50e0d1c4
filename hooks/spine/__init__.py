"""Clinical reading that both guidelines use: implants, imaging, infection, medicines."""
