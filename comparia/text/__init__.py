"""Every way text is prepared, each with a name for signatures."""
