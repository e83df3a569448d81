"""The front door: command line, the flow as one literal list, public API, report."""
