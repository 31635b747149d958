// Files that end up on hosts, embedded in the binary.
