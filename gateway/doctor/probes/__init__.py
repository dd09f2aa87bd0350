"""What touches devices, files and the network to find out how they are; nothing judges here."""
