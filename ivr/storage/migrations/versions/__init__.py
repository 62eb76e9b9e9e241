"""One file per change, numbered. A published file is never edited: a further change is a further file."""
