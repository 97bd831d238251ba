"""What people do at Sage's desktop and the API cannot: allocate, despatch, invoice, hold, close."""
