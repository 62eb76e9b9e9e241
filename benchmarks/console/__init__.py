"""How fast the console is over a million calls; the calls that it makes up also fill the pages of tests."""
