"""The commands as they are typed, by the groups in which `--help` lists them."""
