"""What becomes the record of a run: inputs, outputs, code, metrics, the machine."""
