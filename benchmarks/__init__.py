"""What is measured, each as a command: `python -m benchmarks.NAME`. Nothing here is a test."""
