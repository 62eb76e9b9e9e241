"""One file per subcommand of `ivr`. They parse arguments and print; the work is done in the other rooms."""
