"""Backups of a gateway and of central, and what is made of them on a new card or machine."""
