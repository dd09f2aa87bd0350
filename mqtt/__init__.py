"""The contract between gateways and central, and both of its ends. Start with CONTRACT.md."""
