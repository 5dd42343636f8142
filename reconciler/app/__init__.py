"""What the commands do, without a command line: no click, no environment, no terminal."""
