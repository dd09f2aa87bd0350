"""What people change in central's registers: checked, on record, and in every gateway's directives.

`mqtt.central.register` writes; here is what a person may say, and what is refused.
"""
