"""The MFRC522: its registers, ISO 14443, and which card lies in the field. Start with reader.py."""
