"""Other programs that answer calls, as `benchmarks.peer` runs them."""
