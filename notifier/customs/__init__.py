"""The formats in which customs' questions arrive, besides the API: so far a CSV file of referrals."""
