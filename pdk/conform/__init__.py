"""What `pdk.conformance` asks of a foundry, one file for each thing that it looks at."""
