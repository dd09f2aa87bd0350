"""What happens at the pump. Read gateway/core first."""
