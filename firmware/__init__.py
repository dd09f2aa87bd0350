"""Code for the co-processor; guard/ runs on host and chip alike."""
