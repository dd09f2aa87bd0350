"""Checks exports of ledgers for an auditor: from files and public keys alone."""
