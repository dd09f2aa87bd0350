"""What `takar bench` measures, a file each; files that begin with _ are workloads."""
