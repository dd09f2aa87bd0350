"""What goes on paper: a shift's sheet and a sale's receipt."""
