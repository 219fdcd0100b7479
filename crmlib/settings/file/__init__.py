"""Settings as a file: reading YAML with its lines, telling what is wrong in it, writing the template."""
